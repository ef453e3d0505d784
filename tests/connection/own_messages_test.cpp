// A WebSocket handler's own messages beside those that others push, and its Close.

#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view close_1000{"\x88\x02\x03\xe8", 4};

message text_part(std::string_view content, bool is_last) {
  return {message_kind::text, octets{content}, is_last};
}

/// Sends a message as another actor does.
void push_to(web_socket& socket) {
  socket.self().send(caf::actor{&socket.self()},
                     send_message{{message_kind::binary, octets{"PUSHED"}, true}});
}

/// What a client has received of a WebSocket behind its handshake.
std::string frames_received(const connection_fixture& client) {
  const auto& all = client.peer().received;
  return all.substr(all.find("\r\n\r\n") + 4);
}

} // namespace

TEST_CASE("a pushed message waits for the end of a message in parts (S33)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    co_await socket.send(text_part("one,", false));
    push_to(socket);
    co_await socket.delay(1s);
    co_await socket.send(text_part("two", true));
    co_await socket.delay(1s);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  client.advance(500ms);
  CHECK(frames_received(client) == "\x01\x04one,");
  client.advance(1s);
  CHECK(frames_received(client) == "\x01\x04one,\x80\x03two\x82\x06PUSHED");
}

TEST_CASE("a pushed message does not wait for an answer that its handler drops (S33, S49)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    static_cast<void>(socket.send(text_part("one,", false)));
    static_cast<void>(socket.send(text_part("two", true)));
    co_await socket.delay(1s);
    push_to(socket);
    co_await socket.delay(1h);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  client.advance(2s);
  CHECK(frames_received(client) == "\x01\x04one,\x80\x03two\x82\x06PUSHED");
}

TEST_CASE("a part of another kind than its message is refused (S33)") {
  std::string outcome;
  router routes;
  routes.web_socket("/ws", [&outcome](web_socket& socket) {
    return [](web_socket& peer, std::string& what) -> task {
      co_await peer.send(text_part("one,", false));
      try {
        co_await peer.send_binary(octets{"other"});
      } catch (const handler_fault& fault) {
        what = fault.what();
      }
      co_await peer.send(text_part("two", true));
    }(socket, outcome);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  CHECK(outcome == to_string(refusal::malformed));
  CHECK(frames_received(client).starts_with("\x01\x04one,\x80\x03two\x88"));
}

TEST_CASE("a pushed message waits also where the last part was refused (S33)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) {
    return [](web_socket& peer) -> task {
      co_await peer.send(text_part("one,", false));
      push_to(peer);
      try {
        co_await peer.send_binary(octets{"other"}); // refused: the message goes on
      } catch (const handler_fault&) {}
      co_await peer.delay(1s);
      co_await peer.send(text_part("two", true));
      co_await peer.delay(1s);
    }(socket);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  CHECK(frames_received(client) == "\x01\x04one,");
  client.advance(1s);
  CHECK(frames_received(client) == "\x01\x04one,\x80\x03two\x82\x06PUSHED");
}

TEST_CASE("a pushed message does not wait for a message whose first part was refused (S33 S47)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) {
    return [](web_socket& peer) -> task {
      const std::string too_large(settings{}.output_cap + settings{}.low_water, 'x');
      try {
        co_await peer.send(text_part(too_large, false));
      } catch (const handler_fault&) {
        push_to(peer);
      }
      co_await peer.delay(1s);
      co_await peer.send(text_part("whole", true));
      co_await peer.delay(1s);
    }(socket);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  CHECK(frames_received(client) == "\x82\x06PUSHED");
  client.advance(1s);
  CHECK(frames_received(client) == "\x82\x06PUSHED\x81\x05whole");
}

TEST_CASE("pushed messages go between the handler's messages in parts each time (S33)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    for (auto i = 0; i < 2; ++i) {
      co_await socket.send(text_part("a", false));
      push_to(socket);
      co_await socket.send(text_part("b", false));
      co_await socket.send(text_part("c", true));
    }
    co_await socket.delay(1s);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  const std::string round = std::string{"\x01\x01"
                                        "a"}
                            + std::string{"\0\x01"
                                          "b",
                                          3}
                            + std::string{"\x80\x01"
                                          "c"}
                            + "\x82\x06PUSHED";
  CHECK(frames_received(client) == round + round);
}

TEST_CASE("a pushed part of a message is refused: others might push between (S33)") {
  std::string outcome;
  router routes;
  routes.web_socket("/ws", [&outcome](web_socket& socket) {
    return [](web_socket& peer, std::string& what) -> task {
      auto& self = peer.self();
      self.spawn(
        [&self, &what](caf::event_based_actor* other, int) {
          other->request(caf::actor{&self}, caf::infinite, send_message{text_part("one,", false)})
            .then([&what] { what = "sent"; },
                  [&what](const caf::error& why) {
                    const auto code = refusal_of(why);
                    what = code ? to_string(*code) : "another error";
                  });
        },
        0); // an argument: without one CAF 0.17.6 binds a null reference
      while (auto next = co_await peer.next()) {}
    }(socket, outcome);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  CHECK(outcome == to_string(refusal::malformed));
  CHECK(frames_received(client).empty());
}

TEST_CASE("who pushes a message that is refused hears of it, and the next one goes (S36)") {
  std::string outcome;
  router routes;
  routes.web_socket("/ws", [&outcome](web_socket& socket) {
    return [](web_socket& peer, std::string& what) -> task {
      auto& self = peer.self();
      self.spawn(
        [&self, &what](caf::event_based_actor* other, int) {
          for (const auto* content : {"\xff", "good", "\xff", "more"})
            other->request(caf::actor{&self}, caf::infinite, send_message{text_part(content, true)})
              .then([&what] { what += '+'; },
                    [&what](const caf::error& why) {
                      what += refusal_of(why) == refusal::malformed ? '!' : '?';
                    });
        },
        0);
      while (auto next = co_await peer.next()) {}
    }(socket, outcome);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  CHECK(outcome == "!+!+");
  CHECK(frames_received(client) == "\x81\x04good\x81\x04more");
}

TEST_CASE("closes without waiting are refused past the sends that may wait (S48)") {
  int waiting = 0;
  router routes;
  routes.web_socket("/ws", [&waiting](web_socket& socket) {
    return [](web_socket& peer, int& count) -> task {
      auto last = peer.send_binary(octets{std::string(1'000'000, 'x')});
      std::vector<pending_answer> all;
      for (auto i = 0; i < 2'000; ++i)
        all.push_back(peer.close());
      co_await peer.delay(1s);
      for (auto& one : all)
        count += one.await_ready() ? 0 : 1;
      co_await last;
    }(socket, waiting);
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send(handshake("/ws"));
  client.run();
  client.advance(2s);
  CHECK(waiting > 0);
  CHECK(waiting <= static_cast<int>(most_waiting_sends));
}

TEST_CASE("the time for the client's Close runs once ours has left (S35)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    [[maybe_unused]] const auto large = socket.send_binary(octets{std::string(500'000, 'x')});
    co_await socket.close();
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send(handshake("/ws"));
  client.run();
  // Slow, but it reads: it is owed the whole message and the Close.
  client.advance(settings{}.write_deadline / 2);
  CHECK(client.is_open());
  client.read_on();
  client.run();
  CHECK(client.peer().received.ends_with(close_1000));
  CHECK_FALSE(client.peer().saw_end);
  SUBCASE("it answers") {
    client.send(client_frame(0x88, std::string_view{"\x03\xe8", 2}));
    client.run();
    CHECK(client.peer().saw_end);
  }
  SUBCASE("it does not") {
    client.advance(settings{}.close_deadline - 1s);
    CHECK_FALSE(client.peer().saw_end);
    client.advance(1s);
    CHECK(client.peer().saw_end);
    CHECK_FALSE(client.peer().saw_reset);
  }
  SUBCASE("it answers with anything else, on and on") {
    for (auto i = 0; i < 20; ++i) {
      client.send(client_frame(0x81, "more") + client_frame(0x89, "hey"));
      client.advance(settings{}.close_deadline / 20);
    }
    CHECK(client.peer().saw_end);
  }
}

// What came before the client's Close, or before what breaks the protocol, is answered first.

#include "tests/connection/open_socket.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;

constexpr std::string_view close_1000{"\x88\x02\x03\xe8", 4};
constexpr std::string_view close_1002{"\x88\x02\x03\xea", 4};
constexpr std::string_view close_1007{"\x88\x02\x03\xef", 4};
constexpr std::string_view close_1009{"\x88\x02\x03\xf1", 4};
constexpr std::string_view three_echoes{"\x81\x01"
                                        "1\x81\x01"
                                        "2\x81\x01"
                                        "3",
                                        9};

std::string close_frame(std::string_view code = {"\x03\xe8", 2}) {
  return client_frame(0x88, code);
}

std::string three_texts() {
  return client_frame(0x81, "1") + client_frame(0x81, "2") + client_frame(0x81, "3");
}

task echo(web_socket& socket) {
  while (auto next = co_await socket.next())
    co_await socket.send(*std::move(next));
}

/// Whether it is over: both sides are shut down, and nobody is left.
bool is_over(connection_fixture& client) {
  client.close();
  client.run();
  return client.peer().saw_end && !client.peer().saw_reset && !client.is_alive()
         && client.count().handlers_running.load() == 0;
}

} // namespace

TEST_CASE("texts that come with a Close are answered before it (RFC 6455 sec. 5.5.1)") {
  open_socket all{echo};
  all.send(three_texts() + close_frame());
  CHECK(all.received() == std::string{three_echoes} + std::string{close_1000});
  CHECK(is_over(all.client));
}

TEST_CASE("a behavior's answers to what came before a Close leave before it (S38)") {
  router routes;
  routes.web_socket("/ws", behavior_handler{[](caf::event_based_actor* self, const request&,
                                               const caf::actor& connection) -> caf::behavior {
                                              return {[self, connection](const message& said) {
                                                self->send(connection, send_message{said});
                                              }};
                                            },
                                            true});
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  const auto start = client.peer().received.size();
  client.send(three_texts() + close_frame());
  client.run();
  CHECK(client.peer().received.substr(start)
        == std::string{three_echoes} + std::string{close_1000});
  CHECK(is_over(client));
}

TEST_CASE("what came before a bad frame is answered before the connection fails (S36 S38)") {
  struct violation {
    std::string frame;
    std::string_view close;
    cancel_reason reason;
  };
  const std::string too_large{"\x82\xff\x00\x00\x00\x00\x7f\x00\x00\x00....", 14};
  for (const auto& [bad, close, reason] :
       {violation{client_frame(0x83, ""), close_1002, cancel_reason::protocol_error},
        violation{client_frame(0x81, "\xff"), close_1007, cancel_reason::protocol_error},
        violation{too_large, close_1009, cancel_reason::limit_exceeded}}) {
    CAPTURE(static_cast<int>(reason));
    open_socket all{echo};
    all.send(three_texts() + bad + client_frame(0x81, "not seen"));
    CHECK(all.received() == std::string{three_echoes} + std::string{close});
    CHECK(all.client.count().handlers_cancelled.load() == 1);
    CHECK(all.client.count().handler_failures.load() == 0);
    CHECK(is_over(all.client));
  }
}

TEST_CASE("Pings before a Close are answered at once and it when all is answered (S29 S30)") {
  open_socket all{[](web_socket& socket) -> task {
    while (auto next = co_await socket.next()) {
      co_await socket.delay(1s);
      co_await socket.send(*std::move(next));
    }
  }};
  all.send(client_frame(0x81, "1") + client_frame(0x89, "hey") + client_frame(0x81, "2")
           + close_frame());
  CHECK(all.received() == std::string_view{"\x8a\x03hey", 5});
  all.client.advance(1s);
  CHECK(all.received()
        == std::string_view{"\x8a\x03hey\x81\x01"
                            "1",
                            8});
  all.client.advance(1s);
  CHECK(all.received().ends_with(close_1000));
  CHECK(all.received().size() == 15);
}

TEST_CASE("a handler has its last words before the Close is answered (RFC 6455 sec. 5.5.1)") {
  SUBCASE("a message and then its end") {
    open_socket all{[](web_socket& socket) -> task {
      while (co_await socket.next()) {}
      co_await socket.delay(1s);
      co_await socket.send_text("bye");
    }};
    all.send(close_frame("\x0f\xa0"));
    CHECK(all.received().empty());
    all.client.advance(1s);
    CHECK(all.received()
          == std::string_view{"\x81\x03"
                              "bye\x88\x02\x0f\xa0",
                              9});
    CHECK(is_over(all.client));
  }
  SUBCASE("a Close of its own, behind which it sends in vain") {
    open_socket all{[](web_socket& socket) -> task {
      while (co_await socket.next()) {}
      co_await socket.send_text("bye");
      co_await socket.close(close_code::try_again_later);
      co_await socket.send_text("late");
    }};
    all.send(close_frame());
    CHECK(all.received()
          == std::string_view{"\x81\x03"
                              "bye\x88\x02\x03\xf5",
                              9});
    CHECK(is_over(all.client));
  }
}

TEST_CASE("a handler that fails on what came before a Close closes with 1011 (S35)") {
  open_socket all{[](web_socket& socket) -> task {
    co_await socket.next();
    throw std::runtime_error{"no"};
  }};
  all.send(client_frame(0x81, "1") + close_frame());
  CHECK(all.received().starts_with(std::string_view{"\x88\x14\x03\xf3", 4}));
  CHECK(all.client.count().handler_failures.load() == 1);
  CHECK(is_over(all.client));
}

TEST_CASE("a Close is answered at its deadline whatever the handler does (S34 S35)") {
  SUBCASE("it was told and never ends") {
    open_socket all{[](web_socket& socket) -> task { co_await socket.delay(1h); }};
    all.send(close_frame());
    all.client.advance(preset.close_deadline - 1ms);
    CHECK(all.received().empty());
    all.client.advance(1ms);
    CHECK(all.received() == close_1000);
    CHECK(all.client.count().handlers_cancelled.load() == 1);
    CHECK(is_over(all.client));
  }
  SUBCASE("it sends without end and looks at nothing") {
    open_socket all{[](web_socket& socket) -> task {
      for (;;) {
        co_await socket.send_text("tick");
        co_await socket.delay(100ms);
      }
    }};
    all.send(client_frame(0x81, "not looked at") + close_frame());
    all.client.advance(preset.close_deadline);
    CHECK(all.received().ends_with(close_1000));
    all.client.advance(preset.handler_deadline);
    CHECK(all.received().ends_with(close_1000));
    CHECK(is_over(all.client));
  }
  SUBCASE("it is slow: its answers leave as far as they are in time and it sees all") {
    int seen = 0;
    open_socket all{[&seen](web_socket& socket) {
      return [](web_socket& peer, int& count) -> task {
        while (auto next = co_await peer.next()) {
          ++count;
          co_await peer.delay(count == 2 ? 10s : 1s);
          co_await peer.send(*std::move(next));
        }
      }(socket, seen);
    }};
    all.send(three_texts() + close_frame());
    all.client.advance(60s);
    CHECK(seen == 3);
    CHECK(all.received()
          == std::string_view{"\x81\x01"
                              "1\x88\x02\x03\xe8",
                              7});
    CHECK(all.client.count().handlers_cancelled.load() == 0);
    CHECK(is_over(all.client));
  }
  SUBCASE("it sends as fast as it can to a client that takes little") {
    open_socket all{[](web_socket& socket) -> task {
      co_await socket.next();
      for (;;) {
        co_await socket.send_binary(octets{std::string(60'000, 'x')});
        co_await socket.delay(1ms);
      }
    }};
    all.client.stop_reading();
    all.send(client_frame(0x81, "go") + close_frame());
    all.client.advance(preset.close_deadline);
    all.client.read_on();
    all.client.run();
    CHECK(all.received().ends_with(close_1000));
    all.client.advance(preset.handler_deadline); // it never looks: its message is not acknowledged
    CHECK(all.received().ends_with(close_1000));
    CHECK(is_over(all.client));
  }
}

TEST_CASE("a bad frame is told at the deadline to who waits behind a slow handler (S35)") {
  open_socket all{[](web_socket& socket) -> task {
    while (co_await socket.next())
      co_await socket.delay(1h);
  }};
  all.send(three_texts() + client_frame(0x83, ""));
  all.client.advance(preset.close_deadline - 1ms);
  CHECK(all.received().empty());
  all.client.advance(1ms);
  CHECK(all.received() == close_1002);
  CHECK(is_over(all.client));
}

TEST_CASE("a client that shuts down behind a bad frame is answered all the same (S37)") {
  open_socket all{[](web_socket& socket) -> task {
    while (auto next = co_await socket.next()) {
      co_await socket.delay(1s);
      co_await socket.send(*std::move(next));
    }
  }};
  all.client.send(client_frame(0x81, "1") + client_frame(0x83, ""));
  all.client.shutdown_write();
  all.client.run();
  all.client.advance(1s);
  CHECK(all.received()
        == "\x81\x01"
           "1"
             + std::string{close_1002});
}

TEST_CASE("a client that sends Close and does not read meets the write deadline (S54)") {
  open_socket all{[](web_socket& socket) -> task {
    while (auto next = co_await socket.next())
      for (auto i = 0; i < 20; ++i)
        static_cast<void>(socket.send_binary(octets{std::string(50'000, 'x')}));
  }};
  all.client.stop_reading();
  all.send(client_frame(0x81, "1") + close_frame());
  CHECK(all.client.peer().in_flight > 0);
  all.client.advance(preset.write_deadline - 1ms);
  CHECK(all.client.is_open());
  all.client.advance(1ms);
  CHECK_FALSE(all.client.is_open());
  CHECK(all.client.peer().saw_reset);
  CHECK_FALSE(all.client.is_alive());
}

TEST_CASE("a server that stops does not wait for what came before a Close (S59)") {
  open_socket all{[](web_socket& socket) -> task {
    while (co_await socket.next())
      co_await socket.delay(1h);
  }};
  all.send(three_texts() + close_frame());
  all.client.drain();
  all.client.run();
  CHECK(all.received().starts_with(std::string_view{"\x88\x18\x03\xe9", 4})); // 1001
  CHECK(is_over(all.client));
}

TEST_CASE("a bad frame behind our own Close ends the connection at once (S35)") {
  open_socket all{[](web_socket& socket) -> task {
    co_await socket.next();
    co_await socket.close();
    co_await socket.delay(1h);
  }};
  all.send(client_frame(0x81, "1"));
  CHECK(all.received() == close_1000);
  all.send(client_frame(0x83, ""));
  CHECK(all.received() == close_1000);
  CHECK(is_over(all.client));
}

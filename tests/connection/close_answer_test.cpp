// How long a handler may keep a client waiting for its Close, and what leaves before it.

#include "sluice/actors/testing/simulation.hpp"
#include "tests/connection/open_socket.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <optional>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;

constexpr std::string_view close_1000{"\x88\x02\x03\xe8", 4};

std::string close_frame() {
  return client_frame(0x88, std::string_view{"\x03\xe8", 2});
}

} // namespace

TEST_CASE("who is deaf to the client's Close is cancelled and then killed (S35 S45)") {
  open_socket all{behavior_handler{
    [](caf::event_based_actor*, const request&, const caf::actor&) -> caf::behavior {
      return {[](const message&) {}, [](const closed&) {}, [](const cancelled&) {}};
    }}};
  all.send(client_frame(0x81, "1") + close_frame());
  CHECK(all.received().empty());
  all.check_ends_in(preset.close_deadline);
  CHECK(all.received() == close_1000);
  const auto& count = all.client.count();
  CHECK(count.handlers_cancelled == 1);
  all.client.advance(preset.cancel_grace - 1ms);
  CHECK(count.handlers_killed == 0);
  all.client.advance(1ms);
  CHECK(count.handlers_killed == 1);
  CHECK(count.handlers_running == 0);
}

TEST_CASE("who hears of a Close that was answered without it has its whole time to end (S35)") {
  std::optional<closed> heard;
  open_socket all{[&heard](web_socket& socket) {
    return [](web_socket& peer, std::optional<closed>& how) -> task {
      co_await peer.next();
      co_await peer.delay(6s);
      co_await peer.next();
      how = peer.close_event();
      co_await peer.delay(1h);
    }(socket, heard);
  }};
  REQUIRE(preset.close_deadline < 6s);
  all.send(client_frame(0x81, "1") + close_frame());
  all.client.advance(6s - 1ms);
  CHECK(all.received() == close_1000);
  CHECK_FALSE(heard);
  all.client.advance(1ms);
  CHECK(heard);
  CHECK(all.client.count().handlers_cancelled == 0);
  all.check_ends_in(preset.close_deadline);
  CHECK(all.client.count().handlers_cancelled == 1);
  CHECK(all.received() == close_1000);
}

TEST_CASE("each answer to what came before a Close has its whole time (S35 S38)") {
  open_socket all{[](web_socket& socket) -> task {
    while (auto next = co_await socket.next()) {
      co_await socket.delay(4s);
      co_await socket.send(*std::move(next));
    }
  }};
  REQUIRE(preset.close_deadline > 4s);
  all.send(client_frame(0x81, "1") + client_frame(0x81, "2") + client_frame(0x81, "3")
           + close_frame());
  all.check_ends_in(12s);
  CHECK(all.received()
        == "\x81\x01"
           "1"
           "\x81\x01"
           "2"
           "\x81\x01"
           "3"
             + std::string{close_1000});
  CHECK(all.client.count().handlers_cancelled == 0);
}

TEST_CASE("the client's answer to our Close is waited for and then the handler's end (S35)") {
  SUBCASE("which does not come while it holds a message") {
    open_socket all{[](web_socket& socket) -> task {
      co_await socket.next();
      co_await socket.close();
      co_await socket.delay(1h);
    }};
    all.send(client_frame(0x81, "1"));
    CHECK(all.received() == close_1000);
    all.client.advance(preset.close_deadline - 1s);
    all.send(close_frame());
    all.check_ends_in(preset.close_deadline);
    CHECK(all.client.count().handlers_cancelled == 1);
    CHECK(all.received() == close_1000);
  }
  SUBCASE("which does not come although it holds nothing") {
    open_socket all{[](web_socket& socket) -> task {
      co_await socket.close();
      co_await socket.next();
      co_await socket.delay(1h);
    }};
    all.client.advance(preset.close_deadline - 1s);
    all.send(close_frame());
    all.check_ends_in(preset.close_deadline);
    CHECK(all.client.count().handlers_cancelled == 1);
  }
  SUBCASE("which comes") {
    open_socket all{[](web_socket& socket) -> task {
      co_await socket.close();
      co_await socket.next();
      co_await socket.delay(1s);
    }};
    all.send(close_frame());
    all.check_ends_in(1s);
    CHECK(all.client.count().handlers_cancelled == 0);
    CHECK(all.received().empty()); // ours had left before
  }
  SUBCASE("not at all if the client says nothing") {
    open_socket all{[](web_socket& socket) -> task {
      co_await socket.close();
      co_await socket.delay(1h);
    }};
    all.check_ends_in(preset.close_deadline);
    CHECK(all.client.count().handlers_cancelled == 1);
    CHECK(all.client.accesses().back().outcome == "complete");
  }
}

TEST_CASE("a route's time for a Close is its own (S35 S58)") {
  router routes;
  routes
    .web_socket("/ws",
                [](web_socket& socket) -> task {
                  while (co_await socket.next()) {}
                  co_await socket.delay(1h);
                })
    .close_deadline(2s);
  open_socket all{std::move(routes)};
  all.send(close_frame());
  all.check_ends_in(2s);
}

TEST_CASE("all that was sent before a Close leaves before it and whole (S35 S49)") {
  const std::string content(100'000, 'x');
  const auto send_three = [](web_socket& peer, const std::string& large) {
    for (auto i = 0; i < 3; ++i)
      static_cast<void>(peer.send_binary(octets{large}));
  };
  bool closes_first = false;
  router routes;
  SUBCASE("the one that is owed to the client") {
    routes.web_socket("/ws", [&](web_socket& socket) {
      return [](web_socket& peer, auto send, const std::string& large) -> task {
        while (co_await peer.next()) {}
        send(peer, large);
      }(socket, send_three, content);
    });
  }
  SUBCASE("the handler's own") {
    closes_first = true;
    routes.web_socket("/ws", [&](web_socket& socket) {
      return [](web_socket& peer, auto send, const std::string& large) -> task {
        send(peer, large);
        static_cast<void>(peer.close());
        while (co_await peer.next()) {}
      }(socket, send_three, content);
    });
  }
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  client.open_web_socket("/ws");
  if (!closes_first)
    client.send_close();
  service.run();
  client.read_on();
  service.run();
  const received_message whole{message_kind::binary, content};
  CHECK(client.messages() == std::vector{whole, whole, whole});
  CHECK(client.seen().received.ends_with(close_1000));
  CHECK(client.seen().saw_end == !closes_first);
}

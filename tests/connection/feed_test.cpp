// Feeds of events: who ends them, and what is heard of them while nothing happens.

#include "sluice/actors/handler/ask.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/event_stream.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

server_event event(std::string_view text) {
  return server_event{std::string{text}};
}

/// Says one thing, and then nothing for a day.
task silent_feed(exchange& http) {
  auto events = http.events(10s);
  const auto first = event("first");
  co_await events.send(first);
  co_await http.delay(24h);
}

/// The same, until the server stops.
task polite_feed(exchange& http) {
  auto events = http.events();
  const auto first = event("first");
  co_await events.send(first);
  const auto which = co_await first_of(http.delay(24h), http.draining());
  CHECK(which.index() == 1);
  CHECK(http.is_draining());
  const auto last = event("last");
  co_await events.send(last);
  co_await events.finish();
}

task polite_socket(web_socket& socket) {
  while (true) {
    auto next = co_await first_of(socket.next(), socket.draining());
    if (next.index() == 1)
      break;
    if (!std::get<0>(next))
      co_return;
  }
  co_await socket.send_text("goodbye");
}

task stubborn_socket(web_socket& socket) {
  co_await socket.draining();
  co_await socket.delay(24h);
}

constexpr auto first_event = "data: first\n\n";

} // namespace

TEST_CASE("a silent feed meets no deadline and is heard of all the same") {
  router routes;
  routes.get("/feed", silent_feed);
  simulation service{routes};
  auto& client = service.connect();
  client.get("/feed");
  service.run();
  CHECK(client.response().content == first_event);
  service.advance(9s);
  CHECK(client.response().content == first_event);
  service.advance(1s);
  CHECK(client.response().content == std::string{first_event} + ":\n\n");
  service.advance(1h - 10s);
  CHECK(client.response().content.size() == std::string{first_event}.size() + 360 * 3);
  CHECK(client.handler().is_alive());
  CHECK(service.count().deadlines_missed == 0);
}

TEST_CASE("an event puts the heartbeat off, and there is none while output waits to leave") {
  router routes;
  routes.get("/feed", [](exchange& http) -> task {
    auto events = http.events(10s);
    const auto first = event("first");
    co_await events.send(first);
    co_await http.delay(6s);
    const auto large = event(std::string(100'000, 'x'));
    co_await events.send(large);
    co_await http.delay(24h);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/feed");
  service.run();
  SUBCASE("an event") {
    service.advance(6s + 9s);
    CHECK(client.response().content.find(":\n\n") == std::string::npos);
    service.advance(1s);
    CHECK(client.response().content.ends_with("\n\n:\n\n"));
  }
  SUBCASE("output that waits") {
    client.stop_reading();
    service.advance(6s + 25s);
    client.read_on();
    service.run();
    const auto& all = client.response().content;
    CHECK(all.ends_with("x\n\n")); // what was due meanwhile was not queued
    service.advance(10s);
    CHECK(client.response().content.ends_with("x\n\n:\n\n"));
  }
}

TEST_CASE(
  "heartbeats do not pile up for a client that does not read and it meets the write deadline "
  "(S54)") {
  router routes;
  routes.get("/feed", [](exchange& http) -> task {
    auto events = http.events(1s);
    const auto large = event(std::string(100'000, 'x'));
    co_await events.send(large);
    co_await http.delay(24h);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  client.get("/feed");
  service.run();
  service.advance(29s);
  CHECK(client.is_open());
  service.advance(2s);
  CHECK_FALSE(client.is_open());
  CHECK(client.handler().cancelled == cancel_reason::write_deadline);
}

TEST_CASE("a client of a feed that has shut down its side is gone (S41)") {
  router routes;
  routes.get("/feed", silent_feed);
  routes.get("/other", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("first");
    co_await http.delay(1s);
    co_await http.finish();
  });
  simulation service{routes};
  auto& client = service.connect();
  SUBCASE("after it began") {
    client.get("/feed");
    service.run();
    client.shutdown_write();
  }
  SUBCASE("before it began") {
    client.get("/feed");
    client.shutdown_write();
  }
  SUBCASE("but not of another response") {
    client.get("/other");
    service.run();
    client.shutdown_write();
    service.run();
    CHECK_FALSE(client.handler().cancelled);
    service.advance(1s);
    CHECK(client.response().is_complete);
    return;
  }
  service.run();
  CHECK(client.handler().cancelled == cancel_reason::peer_closed);
  CHECK_FALSE(client.handler().is_alive());
}

TEST_CASE("a handler that waits for the stop says its last words and the stop is clean (S59 S87)") {
  router routes;
  routes.get("/feed", polite_feed);
  routes.web_socket("/socket", polite_socket);
  simulation service{routes};
  auto& feed = service.connect();
  feed.get("/feed");
  auto& socket = service.connect();
  socket.open_web_socket("/socket");
  service.run();
  service.stop();
  service.run();
  CHECK(feed.response().content == std::string{first_event} + "data: last\n\n");
  CHECK(feed.response().is_complete);
  CHECK_FALSE(feed.handler().cancelled);
  REQUIRE(socket.messages().size() == 1);
  CHECK(socket.messages()[0].content == "goodbye");
  CHECK(socket.close_code() == 1001);
  CHECK_FALSE(socket.handler().cancelled);
  socket.send_close(1001);
  socket.close();
  feed.close();
  service.run();
  CHECK_FALSE(feed.is_served());
  CHECK_FALSE(socket.is_served());
  CHECK(service.handlers_alive() == 0);
}

TEST_CASE("a feed whose handler does not wait for the stop is ended whole (S59 S87)") {
  router routes;
  routes.get("/feed", silent_feed);
  simulation service{routes};
  auto& feed = service.connect();
  feed.get("/feed");
  service.run();
  service.stop();
  service.run();
  CHECK(feed.response().content == first_event);
  CHECK(feed.response().is_complete);
  CHECK(feed.handler().cancelled == cancel_reason::draining);
  CHECK_FALSE(feed.handler().is_alive());
  feed.close();
  service.run();
  CHECK_FALSE(feed.is_served());
}

TEST_CASE("a handler that begins to wait while the server stops is told at once (S87)") {
  router routes;
  routes.post("/upload", [](exchange& http) -> task {
    std::size_t total = 0;
    while (const auto chunk = co_await http.content().next())
      total += chunk->size();
    co_await http.draining();
    co_await http.respond(status::ok, std::to_string(total));
  });
  simulation service{routes};
  auto& client = service.connect();
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  service.run();
  service.stop();
  service.run();
  CHECK(client.responses().empty()); // what is under way goes on
  client.send("world");
  service.run();
  CHECK(client.response().content == "10");
}

TEST_CASE("a WebSocket whose handler waits for the stop and does not end is left to the deadline "
          "(S59)") {
  router routes;
  routes.web_socket("/socket", stubborn_socket);
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/socket");
  service.run();
  service.stop();
  service.advance(20s);
  CHECK_FALSE(client.close_code());
  CHECK(client.handler().is_alive());
}

TEST_CASE("a detached handler that waits for the stop is told as well (S87)") {
  router routes;
  auto is_told = false;
  routes.get("/goes-on", [&is_told](exchange& http) {
    struct body {
      static task run(exchange& to, bool* told) {
        co_await to.respond(status::ok, "answered");
        co_await to.draining();
        *told = true;
      }
    };
    return body::run(http, &is_told);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/goes-on");
  service.run();
  CHECK(client.response().content == "answered");
  CHECK(service.handlers_alive() == 1);
  service.stop();
  service.run();
  CHECK(is_told);
  CHECK(service.handlers_alive() == 0);
}

TEST_CASE("a behavior that does not ask is not told and one that does needs a clause for it") {
  router routes;
  auto told = 0;
  const auto make = [&told](caf::event_based_actor* self, const request&,
                            const caf::actor& connection) -> caf::behavior {
    self->send(connection, expect_stop{});
    self->send(connection, expect_stop{});
    return {[&told](const draining&) { ++told; }, [self](const cancelled&) { self->quit(); }};
  };
  const auto deaf = [](caf::event_based_actor* self, const request&,
                       const caf::actor& connection) -> caf::behavior {
    self->send(connection, expect_stop{});
    return {[self](const cancelled&) { self->quit(); }};
  };
  routes.get("/listens", behavior_handler{make});
  routes.get("/deaf", behavior_handler{deaf});
  simulation service{routes};
  service.connect().get("/listens");
  auto& other = service.connect();
  other.get("/deaf");
  service.run();
  service.stop();
  service.run();
  CHECK(told == 1);
  CHECK(other.handler().is_alive());
}

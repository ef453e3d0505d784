#include "sluice/actors/handler/exchange.hpp"
#include "tests/actors/handler/support.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

// -- cancellation -----------------------------------------------------------------

TEST_CASE("cancellation destroys a handler wherever it is suspended (S44)") {
  bool gone = false;
  bool went_on = false;
  handler_fixture client;
  SUBCASE("in next") {
    client.start(http_endpoint([&](exchange& http) -> task {
      const witness local{gone};
      const auto chunk = co_await http.content().next();
      went_on = true;
    }));
  }
  SUBCASE("in a delay") {
    client.start(http_endpoint([&](exchange& http) -> task {
      const witness local{gone};
      co_await http.delay(1s);
      went_on = true;
    }));
  }
  SUBCASE("in a send") {
    client.peer_stops_reading();
    client.start(http_endpoint([&](exchange& http) -> task {
      const witness local{gone};
      co_await http.respond(status::ok, "x");
      went_on = true;
    }));
  }
  SUBCASE("in a task that it awaits") {
    static const auto inner = [](exchange& http, bool& inner_gone, bool& inner_went_on) -> task {
      const witness local{inner_gone};
      co_await http.delay(1s);
      inner_went_on = true;
    };
    client.start(http_endpoint([&](exchange& http) -> task {
      const auto part = inner(http, gone, went_on);
      co_await part;
      went_on = true;
    }));
  }
  client.run();
  REQUIRE(client.handler_alive());
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(gone);
  client.advance(2s);
  CHECK_FALSE(went_on);
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("cancellation overtakes a chunk that waits and does not take it (S2)") {
  std::string taken;
  bool gone = false;
  handler_fixture client;
  client.start(http_endpoint([&](exchange& http) -> task {
    const witness local{gone};
    const auto chunk = co_await http.content().next();
    taken += chunk->text();
  }));
  client.run();
  client.deliver("a");
  CHECK(client.is_stalled());
  client.cancel(cancel_reason::peer_closed);
  client.run();
  CHECK(taken.empty());
  CHECK(gone);
  CHECK_FALSE(client.is_stalled());
}

TEST_CASE("cancellation destroys a handler that holds a chunk it did not take (S44)") {
  bool gone = false;
  handler_fixture client;
  client.start(http_endpoint([&gone](exchange& http) -> task {
    const witness local{gone};
    const auto pending = http.content().next();
    co_await http.delay(1h);
    const auto chunk = co_await pending;
    FAIL("it goes on");
  }));
  client.deliver("a");
  client.run();
  CHECK(client.is_stalled());
  client.cancel(cancel_reason::handler_deadline);
  client.run();
  CHECK(gone);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("cancelling before the handler has run and again afterwards ends it once (S44)") {
  bool gone = false;
  handler_fixture client;
  client.start(http_endpoint([&gone](exchange& http) -> task {
    const witness local{gone};
    co_await http.delay(1h);
  }));
  client.cancel(cancel_reason::draining);
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK_FALSE(client.handler_alive());
  client.cancel(cancel_reason::peer_reset);
  client.run();
}

TEST_CASE("what a handler sends while it is destroyed does nothing and does not fail (S45)") {
  struct last_words {
    exchange& http;
    ~last_words() { [[maybe_unused]] const auto answer = http.respond(status::ok, "bye"); }
  };
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    const last_words words{http};
    co_await http.delay(1h);
  }));
  client.run();
  client.cancel(cancel_reason::peer_closed);
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.sent().empty());
}

TEST_CASE("a handler that was answered for and asks for content is cancelled") {
  bool gone = false;
  handler_fixture client;
  client.start(http_endpoint([&gone](exchange& http) -> task {
    const witness local{gone};
    co_await http.respond(status::ok);
    const auto chunk = co_await http.content().next();
    FAIL("it goes on");
  }));
  client.deliver("a");
  client.run();
  CHECK(gone);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a handler that ends with a chunk outstanding leaves nothing behind (S60)") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    const auto chunk = co_await http.content().next();
    co_await http.delay(1s);
  }));
  const auto handler = caf::actor_cast<caf::weak_actor_ptr>(client.seen().handler);
  client.deliver("a");
  client.run();
  REQUIRE(client.is_stalled());
  SUBCASE("because it was cancelled") {
    client.cancel(cancel_reason::peer_reset);
  }
  SUBCASE("because it has returned") {}
  client.advance(1s);
  CHECK_FALSE(client.handler_alive());
  CHECK(handler.lock() == nullptr);
}

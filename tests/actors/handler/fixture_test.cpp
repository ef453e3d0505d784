// What stands in for a connection where handlers are tested alone.

#include "tests/actors/handler/support.hpp"

#include <caf/behavior.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

TEST_CASE("what others send to the connection of a fixture is refused (S3)") {
  handler_fixture client;
  std::optional<refusal> why;
  client.start(
    http_endpoint(behavior_handler{[&why](caf::event_based_actor* self, const request&,
                                          const caf::actor& connection) -> caf::behavior {
      self->spawn(
        [&why, connection](caf::event_based_actor* other, int) {
          other->request(connection, caf::infinite, respond{text("forged")})
            .then([] {}, [&why](const caf::error& error) { why = refusal_of(error); });
        },
        0);
      return {[](const chunk&) {}};
    }}));
  client.run();
  CHECK(why == refusal::not_current);
  CHECK(client.sent().empty());
  CHECK_FALSE(client.seen().is_finished);
}

TEST_CASE("a fixture that cancels keeps no sender waiting (S45 S49)") {
  handler_fixture client;
  auto answered = 0;
  client.peer_stops_reading();
  // It does not end when it is told to, and hears what became of what it sent.
  client.start(
    http_endpoint(behavior_handler{[&answered](caf::event_based_actor* self, const request&,
                                               const caf::actor& connection) -> caf::behavior {
      for (auto i = 0; i < 2; ++i)
        self->request(connection, caf::infinite, begin_response{})
          .then([&answered] { ++answered; }, [](const caf::error&) {});
      return {[](const cancelled&) {}};
    }}));
  client.run();
  CHECK(answered == 0);
  CHECK(client.seen().refused.size() == 1); // a second head
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK(answered == 1);
  CHECK(client.handler_alive());
}

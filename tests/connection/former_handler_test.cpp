// Handlers that go on after their answer.

#include "actors/messages.hpp"
#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("a handler that goes on after its answer is told to end only once (S44)") {
  const auto told = std::make_shared<int>(0);
  router routes;
  routes.post("/http", behavior_handler{[told](caf::event_based_actor* self, const request&,
                                               const caf::actor& connection) -> caf::behavior {
                // Its acknowledgement and its wish for more come after its answer; it ignores what
                // it is told.
                return {[self, connection](const chunk&) {
                          self->send(connection, respond{text("enough")});
                          self->send(connection, read_content{});
                          self->send(connection, read_content{});
                        },
                        [told](const cancelled&) { ++*told; }};
              }});
  {
    connection_fixture client{routes};
    client.send("POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
    client.run();
    CHECK(client.peer().received.ends_with("enough"));
    CHECK(*told == 1);
  }
  CHECK(*told == 1); // also when the server dropped what was left
}

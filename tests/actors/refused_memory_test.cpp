// Memory that is refused in the middle of a request, at each place where some is asked for.

#include "sluice/actors/messages/messages.hpp"
#include "tests/actors/accepting_loop.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/memory_allowance.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(
  accepting_loop,
  "whatever is refused memory on its way to a handler leaves none behind (S44 S60)") {
  std::string asks;
  caf::strong_actor_ptr held; // nobody's handler would end for want of references
  SUBCASE("a request") {
    asks = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx";
    routes.every.handler = behavior_handler{
      [&](caf::event_based_actor* self, const request&, const caf::actor&) {
        held = caf::actor_cast<caf::strong_actor_ptr>(self);
        return caf::behavior{[](const chunk&) {}};
      }};
  }
  SUBCASE("an opening handshake") {
    asks = handshake("/");
    routes.every.speaks = endpoint::protocol::web_socket;
    routes.every.handler = behavior_handler{
      [&](caf::event_based_actor* self, const request&, const caf::actor&) {
        held = caf::actor_cast<caf::strong_actor_ptr>(self);
        return caf::behavior{[](const message&) {}};
      }};
  }
  routes.every.route = "/";
  auto& accepts = add_acceptor();
  auto starved = 0;
  for (std::size_t granted = 0;; ++granted) {
    CAPTURE(granted);
    REQUIRE(granted < 200);
    raw_client client{accepts.port};
    await(accepts.descriptor, POLLIN);
    run(); // it is accepted
    REQUIRE(count.connections_open == 1);
    const auto before = count.connections_starved.load();
    client.send(asks);
    {
      const memory_allowance some{granted};
      for (auto turns = 0; turns < 1'000'000 && !loop->turn(); ++turns) {} // until it has come
    }
    run();
    const auto is_starved = count.connections_starved > before;
    if (!is_starved)
      CHECK(count.handlers_running == 1);
    client.close();
    advance(1min);
    CHECK(count.handlers_running == 0);
    CHECK(count.connection_actors == 0);
    if (!is_starved)
      break;
    ++starved;
  }
  CHECK(starved > 0); // places where memory was asked for
}

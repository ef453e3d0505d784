// The CAF form of a handler: any actor with a behavior for the messages of a connection. Coroutine
// handlers are made of the same messages; this one counts the octets of an upload without them.
//
//   ./example_behavior --port 8080
//   curl -T big-file localhost:8080/count

#include "examples/behavior/behavior.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace {

caf::behavior count_octets(caf::event_based_actor* self, const sluice::request&,
                           const caf::actor& connection) {
  const auto total = std::make_shared<std::uint64_t>(0); // two message handlers share it
  return {
    // A chunk comes as a request. The empty response that CAF sends for a function without result
    // is its acknowledgement: the next chunk comes after it, never before.
    [total](const sluice::chunk& piece) { *total += piece.content.size(); },

    // The client's last word. Responding is a request too, answered once the octets have left.
    [self, total, connection](const sluice::end_of_content&) {
      self
        ->request(connection, caf::infinite,
                  sluice::respond{sluice::text(std::to_string(*total) + '\n')})
        .then([self] { self->quit(); }, [self](const caf::error&) { self->quit(); });
    },

    // The client has gone, or the server stops.
    [self](const sluice::cancelled&) { self->quit(); },
  };
}

} // namespace

sluice::router behavior_routes() {
  sluice::router routes;
  routes.put("/count", sluice::behavior_handler{count_octets});
  routes.post("/count", sluice::behavior_handler{count_octets});
  return routes;
}

// What a program's main says to its router, and to serve.
#include <sluice/sluice.hpp>

#include <caf/actor.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <optional>

sluice::response greet(const sluice::request&);
sluice::response show(const sluice::request&);
sluice::task store(sluice::exchange&);
sluice::task feed(sluice::web_socket&);
sluice::task log_time(sluice::exchange&, const sluice::exchange_handler& next);
std::optional<sluice::response> require_key(const sluice::request&);
caf::behavior make_behavior(caf::event_based_actor* self, const sluice::request& head,
                            const caf::actor& connection);

int run(int argc, char** argv);
int run(int argc, char** argv) {
  // BLOCK
}

// What a program says to its router.
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <memory>
#include <optional>

using namespace std::chrono_literals;

sluice::response show(const sluice::request&);
sluice::task receive(sluice::exchange&);
sluice::task chat(sluice::web_socket&);
sluice::task log_time(sluice::exchange&, const sluice::exchange_handler& next);
std::optional<sluice::response> require_key(const sluice::request&);
caf::behavior chat_room(caf::event_based_actor*);
extern caf::actor room;

void add(sluice::router& routes);
void add(sluice::router& routes) {
  // BLOCK
}

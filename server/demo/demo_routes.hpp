#pragma once

#include <atomic>

namespace sluice {

class router;
struct server_view;

/// Adds the routes to try the idea with: the start page and the tanks that it shows, fixed answers,
/// sinks that take what a client sends at a chosen rate, a source of any length, a WebSocket echo
/// with and without compression, and the memory in use. `seen`: see add_tank_routes.
void add_demo_routes(router& routes, const std::atomic<const server_view*>& seen);

} // namespace sluice

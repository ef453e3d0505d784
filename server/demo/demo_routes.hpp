#pragma once

namespace sluice {

class router;

/// Adds the routes to try the idea with: the start page, fixed answers, sinks that take what a
/// client sends at a chosen rate, a source of any length, a WebSocket echo with and without
/// compression, and the memory in use.
void add_demo_routes(router& routes);

} // namespace sluice

#pragma once

#include <atomic>

namespace sluice {

class router;
struct server_view;

/// Adds the tanks of the start page:
/// - the WebSocket `/tank?id=ID&rate=N` takes messages of up to 64 KiB at N octets a second;
/// - `POST /tank/rate?id=ID&rate=N` changes that, also while its handler waits;
/// - `GET /tank/watch?id=ID` says in server-sent events what became of the octets, and when the
///   handler has ended.
///
/// `seen`: the server that they run in, once it has started: only then is it known what waits in
/// the kernel. Outlives the routes.
void add_tank_routes(router& routes, const std::atomic<const server_view*>& seen);

} // namespace sluice

#pragma once

namespace sluice {

class router;
struct server_view;

/// Adds what an admin listener serves of `what`: /metrics, /stalls, /healthz, /readyz, and a page
/// that shows stalls live, with its feed. Nothing of it changes anything. `what` outlives `routes`
/// and whatever serves them.
void add_admin_routes(router& routes, const server_view& what);

} // namespace sluice

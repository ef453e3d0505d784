#pragma once

#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/server/routing/route_group.hpp"

#include <functional>
#include <vector>

namespace sluice {

/// Which handler answers which request. Filled before the server starts, then only read. It is the
/// group of all routes, without a prefix.
///
/// A pattern is a path whose segments are literal, `{name}` (one segment, not empty) or, at the
/// end, `{name...}` (the rest, which may be empty and hold slashes). Literal segments win over
/// parameters, parameters over rests. A trailing slash counts: "/a" is not "/a/". HTTP and
/// WebSocket routes may share a pattern.
///
/// A path is split at its slashes before it is percent-decoded: "%2F" separates nothing, so a
/// parameter may hold slashes, and ".." too, which is not interpreted: a handler that opens files
/// must refuse both. A parameter that can't be decoded, or holds NUL, is answered 400.
///
/// The path alone chooses the resource. A path without route is answered 404, a method without
/// route 405 with Allow; OPTIONS is answered for every path that has a route, HEAD by the GET
/// route, unless they have routes of their own, or as for a GET that does not ask for the
/// WebSocket. A pattern that is malformed or already taken, and an option that makes no sense,
/// throw std::invalid_argument.
class router final : public dispatcher, public route_group {
public:
  router();

  /// Runs before the first connection is accepted, in the order in which they were given: spawns
  /// the application's actors, opens its files. If it throws, the server does not start and says
  /// why.
  router& on_start(std::function<void(caf::actor_system&)> hook);
  /// Runs once the last handler has ended, in the opposite order: ends the application's actors,
  /// which a stop waits for. Also when the start failed behind its listening sockets: what it ends
  /// may then not be there.
  router& on_stop(std::function<void()> hook);

  [[nodiscard]] dispatch find(request& head, bool asks_for_web_socket) const override;
  [[nodiscard]] route_extremes extremes() const override;
  void start(caf::actor_system& system) const override;
  void stop() const override;

private:
  std::vector<std::function<void(caf::actor_system&)>> at_start_;
  std::vector<std::function<void()>> at_stop_;
};

} // namespace sluice

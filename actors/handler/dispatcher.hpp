#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/protocol/http/message.hpp"

#include <optional>

namespace caf {
class actor_system;
}

namespace sluice {

/// What a dispatcher says to a request.
struct dispatch {
  const endpoint* target = nullptr; ///< lives as long as the dispatcher; null: answer `refusal`
  std::optional<response> refusal;  ///< e.g. 404, or 405 with Allow; set if there is no target
};

/// Finds the endpoint for a request head, whose guards are still to be asked; fills
/// request::parameters. Shared by all event loops: thread-safe.
class dispatcher {
public:
  virtual ~dispatcher() = default;
  /// `asks_for_web_socket`: the head asks to become a WebSocket; an HTTP endpoint may still answer
  /// it.
  [[nodiscard]] virtual dispatch find(request& head, bool asks_for_web_socket) const = 0;
  /// The largest that any endpoint asks for: a part of the memory bound (S61).
  [[nodiscard]] virtual route_extremes extremes() const { return {}; }
  /// Called once before the first connection is accepted; what it throws keeps the server from
  /// starting.
  virtual void start([[maybe_unused]] caf::actor_system& system) const {}
  /// Called once after the last handler has ended, if `start` was called.
  virtual void stop() const {}
};

} // namespace sluice

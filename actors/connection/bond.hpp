#pragma once

#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/slot.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>

#include <cstdint>

namespace sluice {

struct settled_route;

// States: none -> running (start) -> cancelled (cancel) -> killed (its grace is over) -> none (its
// end). A running one may be killed at once. In each state but the first its slot is empty or full.

/// A connection's hold on a handler: who it is, what it was given, and how far its end has got.
struct bond {
  enum class state : std::uint8_t { none, running, cancelled, killed };

  caf::actor handler;
  settled_route* route = nullptr;         ///< what it was started for, and whose grace it has
  slot given;                             ///< full: a delivery that it has not acknowledged
  time_point given_at{};                  ///< when it was delivered
  time_point client_left_at{};            ///< it was cancelled for that; zero: it was not
  time_point kill_at = time_point::max(); ///< the end of its grace, while it is cancelled
  state is = state::none;
  bool expects_stop = false; ///< it is to be told when the server stops, or was
};

/// @pre which.is != bond::state::none
[[nodiscard]] inline const handler_actor& handler_of(const bond& which) noexcept {
  return static_cast<const handler_actor&>(*caf::actor_cast<caf::abstract_actor*>(which.handler));
}

} // namespace sluice

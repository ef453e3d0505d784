#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/slot.hpp"

#include <caf/actor.hpp>

#include <cstdint>

namespace sluice {

struct endpoint;

// States: none -> running (start) -> cancelled (cancel) -> killed (its grace is over) -> none (its
// end). A running one may be killed at once. In each state but the first its slot is empty or full.

/// A connection's hold on a handler: who it is, what it was given, and how far its end has got.
struct bond {
  enum class state : std::uint8_t { none, running, cancelled, killed };

  caf::actor handler;
  const endpoint* target = nullptr;       ///< what it was started for, and whose grace it has
  slot given;                             ///< full: a delivery that it has not acknowledged
  time_point kill_at = time_point::max(); ///< the end of its grace, while it is cancelled
  state is = state::none;
};

} // namespace sluice

#pragma once

#include "tests/matrix/cell.hpp"
#include "tests/matrix/puppet.hpp"
#include "tests/matrix/world.hpp"

namespace sluice::testing {

/// What was seen of a cell that was played.
struct performance {
  ending end;
  puppet_log log;
  std::string received; ///< by the client
  std::string stuck;    ///< what was waited for in vain; empty: nothing
};

/// The routes of a cell: its handler logs to `log`.
[[nodiscard]] router stage_of(const cell& which, const shared_puppet_log& log);

/// Plays `which` in `place`, to its end.
[[nodiscard]] performance play(const cell& which, world& place, observed<puppet_log>& log);

} // namespace sluice::testing

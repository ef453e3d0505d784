#pragma once

#include <string>

namespace caf {
class actor_system;
class actor_system_config;
} // namespace caf

namespace sluice {

/// Makes the actor system use Sluice's scheduler: CAF's work-sharing pool, with a clock that an
/// ending actor does not wake unless it has set a timer. Call it before the actor system starts.
void load_scheduler(caf::actor_system_config& config);

/// Why the scheduler of `system` could not start: there are too few threads. Empty if it has
/// started. Ask before anything is spawned; a system without a scheduler can only be destroyed.
[[nodiscard]] std::string scheduler_failure(caf::actor_system& system);

} // namespace sluice

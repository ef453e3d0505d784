#pragma once

namespace caf {
class actor_system_config;
}

namespace sluice {

/// Makes the actor system use Sluice's scheduler: CAF's work-sharing pool, with a clock that an
/// ending actor does not wake unless it has set a timer. Call it before the actor system starts.
void load_scheduler(caf::actor_system_config& config);

} // namespace sluice

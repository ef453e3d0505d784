#pragma once

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <utility>

namespace sluice::testing {

/// An actor whose behavior a function makes. CAF's own way to spawn a function without arguments
/// binds a reference to null, which the sanitizer for undefined behavior refuses.
class function_actor final : public caf::event_based_actor {
public:
  using function = std::function<caf::behavior(caf::event_based_actor*)>;
  function_actor(caf::actor_config& config, function make)
    : caf::event_based_actor{config}, make_{std::move(make)} {
    // A handler tells its connection of its end, which this may stand for.
    set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
  }

protected:
  caf::behavior make_behavior() override { return make_(this); }

private:
  function make_;
};

inline caf::actor spawn_function(caf::actor_system& system, function_actor::function make) {
  return system.spawn<function_actor>(std::move(make));
}

} // namespace sluice::testing

#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/spawn_options.hpp>
#include <caf/unit.hpp>

#include <functional>
#include <utility>

namespace sluice {

namespace internal {

/// `function` with one more parameter, which it does not see.
template <class Result, class... Parameters>
auto with_parameter(std::function<Result(Parameters...)> function) {
  return [function = std::move(function)](Parameters... own, const caf::unit_t&) {
    return function(std::move(own)...);
  };
}

/// As Spawner::spawn. CAF 0.17.6 binds a reference to null where a function is spawned without an
/// argument: here it always has one.
template <caf::spawn_options Options, class Spawner, class F, class... Args>
caf::actor spawn_by(Spawner& spawner, F&& function, Args&&... arguments) {
  if constexpr (sizeof...(Args) > 0)
    return spawner.template spawn<Options>(std::forward<F>(function),
                                           std::forward<Args>(arguments)...);
  else
    return spawner.template spawn<Options>(with_parameter(std::function{std::forward<F>(function)}),
                                           caf::unit);
}

} // namespace internal

/// Spawns an actor of the application, whose behavior `function` makes, as caf::actor_system::spawn
/// does; that binds a reference to null where `function` has no arguments but its actor. It runs on
/// CAF's pool, or, with caf::detached, on a thread of its own, never on an event loop.
///
///     room = sluice::spawn(system, chat_room);
template <caf::spawn_options Options = caf::no_spawn_options, class F, class... Args>
caf::actor spawn(caf::actor_system& system, F&& function, Args&&... arguments) {
  return internal::spawn_by<Options>(system, std::forward<F>(function),
                                     std::forward<Args>(arguments)...);
}

} // namespace sluice

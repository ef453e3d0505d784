#pragma once

#include "sluice/protocol/memory/block_cache.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace sluice::internal {

/// Makes an actor as caf::make_actor does, but of cached memory.
template <class Actor, class... Args>
caf::actor make_pooled_actor(caf::actor_system& system, Args&&... args) {
  // CAF finds the actor a cache line behind its control block.
  constexpr std::size_t head = CAF_CACHE_LINE_SIZE;
  static_assert(sizeof(caf::actor_control_block) <= head
                && alignof(Actor) <= alignof(std::max_align_t));
  constexpr std::size_t size = head + sizeof(Actor);

  auto* const block = static_cast<std::byte*>(block_cache::take(size));
  auto node = system.node();
  auto* const control = new (block) caf::actor_control_block{system.next_actor_id(), node, &system,
                                                             [](caf::abstract_actor* self) {
                                                               self->on_destroy();
                                                               static_cast<Actor*>(self)->~Actor();
                                                             },
                                                             [](caf::actor_control_block* self) {
                                                               self->~actor_control_block();
                                                               block_cache::give(self, size);
                                                             }};
  try {
    new (block + head) Actor(std::forward<Args>(args)...);
  } catch (...) {
    control->~actor_control_block();
    block_cache::give(block, size);
    throw;
  }
  return caf::actor_cast<caf::actor>(caf::strong_actor_ptr{control, false});
}

} // namespace sluice::internal

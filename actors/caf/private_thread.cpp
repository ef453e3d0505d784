#include "sluice/actors/caf/private_thread.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/private_thread.hpp>

#include <utility>

namespace sluice {

bool take_back_thread(caf::detail::private_thread*& thread, caf::actor_system& system) {
  auto* const taken = std::exchange(thread, nullptr);
  if (taken == nullptr)
    return false;
  delete taken;
  system.dec_detached_threads();
  return true;
}

void let_thread_go(caf::detail::private_thread*& thread) {
  if (auto* const gone = std::exchange(thread, nullptr))
    gone->notify_self_destroyed();
}

} // namespace sluice

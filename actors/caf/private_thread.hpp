#pragma once

namespace caf {
class actor_system;
namespace detail {
class private_thread;
}
} // namespace caf

namespace sluice {

// The thread of a detached actor, as CAF keeps it. For an actor's own member `private_thread_`.

/// Takes back a thread that could not be started: it is as if there had been none. @returns whether
/// there was one
bool take_back_thread(caf::detail::private_thread*& thread, caf::actor_system& system);

/// Lets a thread go, on which nothing runs any more; CAF would keep it until the last handle of its
/// actor is gone.
void let_thread_go(caf::detail::private_thread*& thread);

} // namespace sluice

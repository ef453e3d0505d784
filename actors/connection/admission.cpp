#include "sluice/actors/connection/admission.hpp"

#include <algorithm>

namespace sluice {

bool connection_quota::take() noexcept {
  if (left_.fetch_sub(1) > 0)
    return true;
  left_.fetch_add(1);
  return false;
}

void connection_quota::give_back() noexcept {
  left_.fetch_add(1);
  pass_on();
}

void connection_quota::wait_for_room(room_waiter& who) {
  {
    const std::lock_guard guard{mutex_};
    waiting_.push_back(&who);
    is_waited_for_.store(true);
  }
  // Room that came before is seen here, room that comes after sees who waits.
  pass_on();
}

void connection_quota::pass_on() noexcept {
  if (!is_waited_for_.load() || left_.load() <= 0)
    return;
  room_waiter* next = nullptr;
  {
    const std::lock_guard guard{mutex_};
    if (waiting_.empty())
      return;
    next = waiting_.front();
    waiting_.erase(waiting_.begin());
    is_waited_for_.store(!waiting_.empty());
  }
  next->on_room();
}

void connection_quota::stop_waiting(room_waiter& who) noexcept {
  const std::lock_guard guard{mutex_};
  std::erase(waiting_, &who);
  is_waited_for_.store(!waiting_.empty());
}

bool memory_budget::take() noexcept {
  if (!is_limited_ || left_.fetch_sub(of_one_) >= of_one_)
    return true;
  left_.fetch_add(of_one_);
  return false;
}

} // namespace sluice

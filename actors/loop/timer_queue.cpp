#include "sluice/actors/loop/timer_queue.hpp"

#include <new>
#include <utility>

namespace sluice {

timer::timer() {
  places own;
  place_ = own.extract(own.emplace(time_point{}, this));
}

timer::~timer() {
  if (queue_ != nullptr)
    queue_->disarm(*this);
}

void timer_queue::arm(timer& which, time_point when) noexcept {
  disarm(which);
  which.place_.key() = when;
  which.position_ = armed_.insert(std::move(which.place_));
  which.queue_ = this;
}

void timer_queue::disarm(timer& which) noexcept {
  if (which.queue_ != this)
    return;
  which.place_ = armed_.extract(which.position_);
  which.queue_ = nullptr;
}

void timer_queue::disarm_all() noexcept {
  while (!armed_.empty())
    disarm(*armed_.begin()->second);
}

std::size_t timer_queue::run_due(time_point now) {
  const auto most = armed_.size();
  std::size_t called = 0;
  while (called < most && !armed_.empty() && armed_.begin()->first <= now) {
    auto& due = *armed_.begin()->second;
    disarm(due);
    ++called;
    try {
      due.on_due(now);
    } catch (const std::bad_alloc&) {
      arm(due, now + memory_retry);
    }
  }
  return called;
}

std::optional<time_point> timer_queue::next_due() const noexcept {
  if (armed_.empty())
    return std::nullopt;
  return armed_.begin()->first;
}

} // namespace sluice

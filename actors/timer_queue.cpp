#include "actors/timer_queue.hpp"

namespace sluice {

timer::~timer() {
  if (queue_ != nullptr)
    queue_->disarm(*this);
}

void timer_queue::arm(timer& which, time_point when) {
  disarm(which);
  which.position_ = armed_.emplace(when, &which);
  which.queue_ = this;
}

void timer_queue::disarm(timer& which) noexcept {
  if (which.queue_ != this)
    return;
  armed_.erase(which.position_);
  which.queue_ = nullptr;
}

void timer_queue::disarm_all() noexcept {
  for (auto& [due, which] : armed_)
    which->queue_ = nullptr;
  armed_.clear();
}

std::size_t timer_queue::run_due(time_point now) {
  const auto most = armed_.size();
  std::size_t called = 0;
  while (called < most && !armed_.empty() && armed_.begin()->first <= now) {
    auto& due = *armed_.begin()->second;
    disarm(due);
    ++called;
    due.on_due(now);
  }
  return called;
}

std::optional<time_point> timer_queue::next_due() const noexcept {
  if (armed_.empty())
    return std::nullopt;
  return armed_.begin()->first;
}

} // namespace sluice

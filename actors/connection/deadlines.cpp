#include "sluice/actors/connection/deadlines.hpp"

#include <algorithm>
#include <bit>

namespace sluice {

namespace {

constexpr std::size_t index_of(wait which) noexcept {
  return static_cast<std::size_t>(which);
}

} // namespace

void deadlines::start(wait which, time_point now, duration length) noexcept {
  if (length == duration::zero())
    return stop(which);
  due_[index_of(which)] = now + length;
  running_ |= bit_of(which);
}

std::optional<duration> deadlines::interrupt(wait which, time_point now) noexcept {
  if (!is_running(which))
    return std::nullopt;
  // At least a tick: zero would mean no deadline.
  const auto left = std::max(due_[index_of(which)] - now, duration{1});
  stop(which);
  return left;
}

std::size_t deadlines::earliest() const noexcept {
  auto left = static_cast<unsigned>(running_);
  auto first = static_cast<std::size_t>(std::countr_zero(left));
  while ((left &= left - 1) != 0) {
    const auto next = static_cast<std::size_t>(std::countr_zero(left));
    if (due_[next] < due_[first])
      first = next;
  }
  return first;
}

std::optional<time_point> deadlines::next() const noexcept {
  if (running_ == 0)
    return std::nullopt;
  return due_[earliest()];
}

std::optional<wait> deadlines::take_expired(time_point now) noexcept {
  if (running_ == 0)
    return std::nullopt;
  const auto first = static_cast<wait>(earliest());
  if (due_[index_of(first)] > now)
    return std::nullopt;
  stop(first);
  return first;
}

} // namespace sluice

#include "actors/deadlines.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr std::size_t index_of(wait which) noexcept {
  return static_cast<std::size_t>(which);
}

} // namespace

void deadlines::start(wait which, time_point now, duration length) noexcept {
  due_[index_of(which)] = length == duration::zero() ? never : now + length;
}

void deadlines::stop(wait which) noexcept {
  due_[index_of(which)] = never;
}

std::optional<duration> deadlines::interrupt(wait which, time_point now) noexcept {
  if (!is_running(which))
    return std::nullopt;
  // At least a tick: zero would mean no deadline.
  const auto left = std::max(due_[index_of(which)] - now, duration{1});
  stop(which);
  return left;
}

void deadlines::stop_all_but(wait which) noexcept {
  const auto kept = due_[index_of(which)];
  due_.fill(never);
  due_[index_of(which)] = kept;
}

bool deadlines::is_running(wait which) const noexcept {
  return due_[index_of(which)] != never;
}

std::size_t deadlines::earliest() const noexcept {
  return static_cast<std::size_t>(std::min_element(due_.begin(), due_.end()) - due_.begin());
}

std::optional<time_point> deadlines::next() const noexcept {
  const auto due = due_[earliest()];
  if (due == never)
    return std::nullopt;
  return due;
}

std::optional<wait> deadlines::take_expired(time_point now) noexcept {
  const auto first = earliest();
  if (due_[first] == never || due_[first] > now)
    return std::nullopt;
  due_[first] = never;
  return static_cast<wait>(first);
}

} // namespace sluice

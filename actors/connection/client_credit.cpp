#include "sluice/actors/connection/client_credit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {

namespace {

/// The time that `octets` buy, at most `most`.
duration worth_of(std::uint64_t octets, std::uint64_t rate, duration most) noexcept {
  if (octets == 0)
    return duration::zero();
  const auto seconds = octets / (rate == 0 ? 1 : rate);
  // Compared before it is multiplied: neither a day's worth of octets nor any `most` overflows.
  if (rate == 0 || seconds >= static_cast<std::uint64_t>(most / std::chrono::seconds{1}))
    return most;
  constexpr std::uint64_t second = std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
  const auto part = std::chrono::nanoseconds{octets % rate * second / rate};
  return std::chrono::seconds{seconds} + part;
}

} // namespace

duration client_credit::open(duration most, std::uint64_t rate) noexcept {
  const auto before = std::min(left_, most);
  const auto room = most - before;
  const auto gained = std::min(room, worth_of(std::exchange(moved_, 0), rate, most));
  left_ = std::max(before + gained, duration{1});
  return left_;
}

} // namespace sluice

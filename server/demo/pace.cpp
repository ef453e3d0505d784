#include "sluice/server/demo/pace.hpp"

#include "sluice/protocol/http/byte_range.hpp"

#include <algorithm>

namespace sluice {

std::optional<pace> pace::parse(std::optional<std::string_view> rate) noexcept {
  if (!rate)
    return pace{};
  const auto number = parse_number(*rate);
  if (!number || *number == 0)
    return std::nullopt;
  return pace{number};
}

duration pace::after(std::uint64_t units, time_point now) noexcept {
  if (!rate_)
    return duration::zero();
  const std::chrono::duration<double> cost{static_cast<double>(units)
                                           / static_cast<double>(*rate_)};
  due_ = std::max(due_, now) + std::chrono::duration_cast<duration>(cost);
  const auto wait = due_ - now;
  return wait < std::chrono::milliseconds{1} ? duration::zero() : wait;
}

} // namespace sluice

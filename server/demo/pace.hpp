#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// Spreads work evenly over time, at most so many units a second.
class pace {
public:
  /// @param rate units a second, not 0; nothing: as fast as they come
  explicit pace(std::optional<std::uint64_t> rate = std::nullopt) noexcept : rate_{rate} {}

  /// The pace that a query parameter asks for; absent: as fast as they come.
  /// @returns nothing when it is not a positive number
  [[nodiscard]] static std::optional<pace> parse(std::optional<std::string_view> rate) noexcept;

  /// Counts `units` that were done at `now`. @returns how long to wait before the next; zero when
  /// that is too short for a timer, and then a later wait makes up for it
  [[nodiscard]] duration after(std::uint64_t units, time_point now) noexcept;

private:
  std::optional<std::uint64_t> rate_;
  time_point due_{}; ///< when the next units may be done
};

} // namespace sluice

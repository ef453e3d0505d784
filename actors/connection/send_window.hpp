#pragma once

#include "sluice/actors/messages/settings.hpp"

#include <cassert>
#include <cstddef>

namespace sluice {

/// Bounds the octets that a connection holds and the kernel has not taken: a hard cap for data
/// (S47), a reserve past it for control frames (S34), and water marks that stop and resume reading
/// (S31). Counts nothing: whoever holds the octets says how many.
class send_window {
public:
  /// `limits`: outlives it. @pre low_water < high_water <= output_cap
  explicit send_window(const settings& limits) noexcept : limits_{limits} {
    assert(limits.low_water < limits.high_water && limits.high_water <= limits.output_cap);
  }

  /// Whether `octets` of data may be added to `held`.
  [[nodiscard]] bool admits(std::size_t held, std::size_t octets) const noexcept {
    return fits(held, octets, limits_.output_cap);
  }
  /// Whether `octets` of control may be added to `held`: they may use the reserve past the cap.
  [[nodiscard]] bool admits_control(std::size_t held, std::size_t octets) const noexcept {
    return fits(held, octets, limits_.output_cap + limits_.control_reserve);
  }

  /// So many octets are on their way to the kernel now.
  void note(std::size_t unsent) noexcept {
    if (unsent >= limits_.high_water)
      is_paused_ = true;
    else if (unsent <= limits_.low_water)
      is_paused_ = false;
  }
  /// Whether reading is to stop: from the high-water mark on until the low one.
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }

private:
  [[nodiscard]] static bool fits(std::size_t held, std::size_t octets, std::size_t most) noexcept {
    return octets <= most && held <= most - octets;
  }

  const settings& limits_;
  bool is_paused_ = false;
};

} // namespace sluice

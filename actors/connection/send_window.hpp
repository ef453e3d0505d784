#pragma once

#include <cstddef>

namespace sluice {

/// Bounds the octets that a connection has queued and the kernel has not taken: a hard cap for data
/// (S47), a reserve past it for control frames (S34), and water marks that stop and resume reading
/// (S31).
class send_window {
public:
  /// All in octets. @pre low_water < high_water <= cap
  send_window(std::size_t low_water, std::size_t high_water, std::size_t cap,
              std::size_t control_reserve) noexcept;

  /// Whether `octets` of data may be queued.
  [[nodiscard]] bool admits(std::size_t octets) const noexcept;
  /// Whether `octets` of control may be queued: it may use the reserve past the cap.
  [[nodiscard]] bool admits_control(std::size_t octets) const noexcept;

  void on_queued(std::size_t octets) noexcept;
  /// @pre octets <= unsent()
  void on_sent(std::size_t octets) noexcept;

  [[nodiscard]] std::size_t unsent() const noexcept { return unsent_; }
  /// Whether reading is to stop: from the high-water mark on until the low one.
  [[nodiscard]] bool is_paused() const noexcept { return paused_; }

private:
  std::size_t low_water_;
  std::size_t high_water_;
  std::size_t cap_;
  std::size_t control_reserve_;
  std::size_t unsent_ = 0;
  bool paused_ = false;
};

} // namespace sluice

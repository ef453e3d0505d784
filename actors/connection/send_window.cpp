#include "sluice/actors/connection/send_window.hpp"

#include <cassert>

namespace sluice {

send_window::send_window(std::size_t low_water, std::size_t high_water, std::size_t cap,
                         std::size_t control_reserve) noexcept
  : low_water_{low_water}, high_water_{high_water}, cap_{cap}, control_reserve_{control_reserve} {
  assert(low_water < high_water && high_water <= cap);
}

bool send_window::admits(std::size_t octets) const noexcept {
  return octets <= cap_ && unsent_ <= cap_ - octets;
}

bool send_window::admits_control(std::size_t octets) const noexcept {
  const auto limit = cap_ + control_reserve_;
  return octets <= limit && unsent_ <= limit - octets;
}

void send_window::on_queued(std::size_t octets) noexcept {
  unsent_ += octets;
  if (unsent_ >= high_water_)
    paused_ = true;
}

void send_window::on_sent(std::size_t octets) noexcept {
  assert(octets <= unsent_);
  unsent_ -= octets;
  if (unsent_ <= low_water_)
    paused_ = false;
}

} // namespace sluice

#pragma once

#include <cstdint>

namespace sluice {

/// What a handler may wait for. Several at once with first_of: a bit for each.
enum class waiting_for : std::uint8_t {
  nothing = 0,     ///< it works, or waits for its turn to
  content = 1,     ///< of its request
  message = 2,     ///< of its WebSocket's client
  sent = 4,        ///< that what it has sent leaves
  time = 8,        ///< a delay
  reply = 16,      ///< of another actor
  inbox = 32,      ///< a message of another actor
  stop = 64,       ///< that the server stops
  something = 128, ///< of an application's own
};

[[nodiscard]] constexpr waiting_for operator|(waiting_for one, waiting_for other) noexcept {
  return static_cast<waiting_for>(static_cast<std::uint8_t>(one)
                                  | static_cast<std::uint8_t>(other));
}
[[nodiscard]] constexpr bool has(waiting_for all, waiting_for one) noexcept {
  return (static_cast<std::uint8_t>(all) & static_cast<std::uint8_t>(one)) != 0;
}

} // namespace sluice

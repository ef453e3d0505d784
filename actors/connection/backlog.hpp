#pragma once

#include "sluice/actors/connection/mail.hpp"

#include <atomic>
#include <cstddef>

namespace sluice {

struct settings;

/// The messages to a connection that wait in its loop's queue, so that what one sends without
/// waiting piles up neither there nor in the output (S48). Thread-safe.
class backlog {
public:
  /// Takes in a message of `octets` for the output, if there is room. `held`: octets that are there
  /// already. What the protocol itself bounds always finds room: a response for a delivery, one end
  /// for an actor. @returns false if the message is to be refused
  [[nodiscard]] bool admit(mail_kind kind, std::size_t octets, std::size_t held,
                           const settings& limits) noexcept;
  /// One of `octets` has left the queue.
  void remove(std::size_t octets) noexcept;
  [[nodiscard]] bool empty() const noexcept {
    return messages_.load(std::memory_order_relaxed) == 0;
  }

private:
  [[nodiscard]] bool has_room(mail_kind kind, std::size_t octets, std::size_t held,
                              const settings& limits) const noexcept;

  std::atomic<std::size_t> messages_{0};
  std::atomic<std::size_t> octets_{0}; ///< for the output, in these messages
};

} // namespace sluice

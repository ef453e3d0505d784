#pragma once

#include "sluice/actors/connection/mail.hpp"

#include <atomic>
#include <cstddef>

namespace sluice {

struct settings;

/// The messages to a connection that wait in its loop's queue, so that what one sends without waiting
/// piles up neither there nor in the output (S48). Thread-safe.
class backlog {
public:
  /// Takes in a message, if there is room. `held`: octets in the output. What the protocol itself
  /// bounds always finds room: a response for a delivery, one end for an actor. @returns false if
  /// the message is to be refused
  [[nodiscard]] bool admit(const mail& next, std::size_t held, const settings& limits);
  /// It has left the queue.
  void remove(const mail& next);
  [[nodiscard]] bool empty() const noexcept {
    return messages_.load(std::memory_order_relaxed) == 0;
  }

private:
  [[nodiscard]] bool has_room(const mail& next, std::size_t held, const settings& limits) const;

  std::atomic<std::size_t> messages_{0};
  std::atomic<std::size_t> octets_{0}; ///< for the output, in these messages
};

} // namespace sluice

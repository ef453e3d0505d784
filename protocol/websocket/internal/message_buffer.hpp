#pragma once

#include "protocol/octets.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace sluice::websocket::internal {

/// Where a message grows as its octets arrive, so that what a peer merely announces costs no
/// memory.
class message_buffer {
public:
  /// What is known of the message when octets arrive.
  struct outlook {
    std::size_t announced = 0; ///< octets of the message when the current frame has ended
    std::size_t bound = 0;     ///< the most that the message can have; at least `announced`
    bool is_final = false;     ///< the current frame ends the message
  };

  /// Appends `count` octets for the caller to fill. @pre size() + count <= ahead.announced
  [[nodiscard]] std::span<std::byte> extend(std::size_t count, const outlook& ahead);

  /// Hands over the octets without a copy; the buffer is empty after it.
  [[nodiscard]] octets release() noexcept;
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
  std::shared_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace sluice::websocket::internal

#pragma once

#include "sluice/protocol/octets.hpp"

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

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
  [[nodiscard]] std::span<std::byte> extend(std::size_t count, const outlook& ahead) {
    const auto needed = size_ + count;
    assert(needed <= ahead.announced && ahead.announced <= ahead.bound);
    if (needed > capacity_)
      grow(needed, ahead);
    const std::span<std::byte> added{data_.get() + size_, count};
    size_ = needed;
    return added;
  }

  /// Hands over the octets without a copy; the buffer is empty after it.
  [[nodiscard]] octets release() noexcept {
    capacity_ = 0;
    return octets{std::move(data_), std::exchange(size_, 0)};
  }
  void clear() noexcept {
    data_.reset();
    size_ = 0;
    capacity_ = 0;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
  void grow(std::size_t needed, const outlook& ahead);

  std::shared_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace sluice::websocket::internal

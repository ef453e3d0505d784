#pragma once

#include "sluice/protocol/memory/block_cache.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::internal {

/// Octets one behind the other, of cached memory. Unlike a std::string it has no short form to look
/// out for at each move, and leaves new octets as they are: whoever adds some writes them.
class octet_run {
public:
  octet_run() noexcept = default;
  octet_run(const octet_run& other) : octet_run{} { append(other.text()); }
  octet_run(octet_run&& other) noexcept
    : first_{std::exchange(other.first_, nullptr)},
      size_{std::exchange(other.size_, 0)},
      capacity_{std::exchange(other.capacity_, 0)} {}
  octet_run& operator=(const octet_run& other) {
    if (this != &other)
      *this = octet_run{other};
    return *this;
  }
  octet_run& operator=(octet_run&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~octet_run() {
    if (first_ != nullptr)
      block_cache::give(first_, capacity_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] char* data() noexcept { return first_; }
  [[nodiscard]] const char* data() const noexcept { return first_; }
  [[nodiscard]] std::string_view text() const noexcept { return {first_, size_}; }

  void clear() noexcept { size_ = 0; }
  void drop_last() noexcept { --size_; }
  /// Makes room for `capacity` octets in all.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_)
      move_to(capacity);
  }
  /// @returns where `count` more octets are to be written
  [[nodiscard]] char* add(std::size_t count) {
    if (count > capacity_ - size_)
      move_to(std::max(size_ + count, 2 * capacity_));
    return first_ + std::exchange(size_, size_ + count);
  }
  /// @pre `text` is no part of this run
  void append(std::string_view text) { std::copy_n(text.data(), text.size(), add(text.size())); }

private:
  void move_to(std::size_t capacity) {
    auto* const larger = static_cast<char*>(block_cache::take(capacity));
    std::copy_n(first_, size_, larger);
    if (first_ != nullptr)
      block_cache::give(first_, capacity_);
    first_ = larger;
    capacity_ = capacity;
  }

  char* first_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace sluice::internal

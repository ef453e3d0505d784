#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {

/// A queue in one run of memory, and without any while it is empty for the first time: of the
/// queues of ten thousand idle connections nearly all are. (A std::deque takes 576 octets at once.)
template <class T>
class fifo {
public:
  [[nodiscard]] bool empty() const noexcept { return first_ == items_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size() - first_; }
  [[nodiscard]] T& front() noexcept { return items_[first_]; }
  [[nodiscard]] const T& front() const noexcept { return items_[first_]; }
  [[nodiscard]] T& back() noexcept { return items_.back(); }
  [[nodiscard]] const T& back() const noexcept { return items_.back(); }

  void push_back(T item) {
    make_room();
    items_.push_back(std::move(item));
  }
  /// An item as its type begins.
  T& emplace_back() {
    make_room();
    return items_.emplace_back();
  }

  /// @pre not empty
  void pop_front() noexcept {
    assert(!empty());
    if (size() == 1)
      return clear();
    [[maybe_unused]] const T gone{std::move(items_[first_++])};
  }

  void clear() noexcept {
    items_.clear();
    first_ = 0;
    if (items_.capacity() > most_kept)
      items_ = std::vector<T>{};
  }

  [[nodiscard]] auto begin() const noexcept {
    return items_.begin() + static_cast<std::ptrdiff_t>(first_);
  }
  [[nodiscard]] auto end() const noexcept { return items_.end(); }

private:
  /// Places that an empty queue keeps.
  static constexpr std::size_t most_kept = 4;

  /// What has left makes room before memory is asked for.
  void make_room() {
    if (items_.size() == items_.capacity() && first_ > 0 && first_ >= items_.size() / 2) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::vector<T> items_;
  std::size_t first_ = 0; ///< of items_, that has not left
};

} // namespace sluice

#pragma once

#include <atomic>

namespace sluice {

/// A number that is read by any thread while it is written. Its copy is what it was at that moment.
template <class Number>
class figure {
public:
  figure(Number value = 0) noexcept : value_{value} {}
  figure(const figure& other) noexcept : value_{other.load()} {}
  figure& operator=(const figure& other) noexcept {
    value_.store(other.load(), std::memory_order_relaxed);
    return *this;
  }

  [[nodiscard]] Number load() const noexcept { return value_.load(std::memory_order_acquire); }
  operator Number() const noexcept { return load(); }

  /// Where one thread alone writes: no locked instruction.
  void add(Number by = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  /// Where several do.
  void fetch_add(Number by) noexcept { value_.fetch_add(by); }
  void fetch_sub(Number by) noexcept { value_.fetch_sub(by); }

private:
  std::atomic<Number> value_;
};

} // namespace sluice

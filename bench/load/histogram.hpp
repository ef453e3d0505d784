#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// How long things took, each value kept to within 1.6 %: 64 buckets for each power of two of
/// nanoseconds.
class histogram {
public:
  histogram();

  void add(std::chrono::nanoseconds value) noexcept;

  /// The least value that `share` (0 to 1) of all values do not exceed, rounded down to its
  /// bucket; 0 without values.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds max() const noexcept { return max_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{0};
};

} // namespace bench

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/figure.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// How long something took, again and again: how often up to each of some lengths, and in all.
/// Written by one thread, read by any.
class histogram {
public:
  /// The upper bounds of all buckets but the last, which has none.
  static constexpr std::array<duration, 8> bounds{
    std::chrono::milliseconds{1},   std::chrono::milliseconds{5},   std::chrono::milliseconds{25},
    std::chrono::milliseconds{100}, std::chrono::milliseconds{500}, std::chrono::milliseconds{2500},
    std::chrono::seconds{10},       std::chrono::seconds{60}};
  static constexpr std::size_t buckets = bounds.size() + 1;

  void observe(duration length) noexcept {
    std::size_t which = 0; // mostly it is this one
    if (length > bounds.front()) [[unlikely]]
      which = bucket_of(length);
    counts_[which].add();
    sum_.add(static_cast<std::uint64_t>(length.count()));
  }
  void add(const histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i)
      counts_[i].add(other.counts_[i]);
    sum_.add(other.sum_);
  }

  /// How often a length was in bucket `which`, and in none below.
  [[nodiscard]] std::uint64_t in(std::size_t which) const noexcept { return counts_[which]; }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const auto& each : counts_)
      all += each;
    return all;
  }
  [[nodiscard]] duration sum() const noexcept {
    return duration{static_cast<duration::rep>(sum_.load())};
  }

private:
  [[nodiscard]] static std::size_t bucket_of(duration length) noexcept {
    std::size_t which = 0;
    while (which < bounds.size() && length > bounds[which])
      ++which;
    return which;
  }

  std::array<figure<std::uint64_t>, buckets> counts_;
  figure<std::uint64_t> sum_; ///< nanoseconds
};

} // namespace sluice

#include "bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bench {
namespace {

constexpr unsigned bucket_bits = 6;
constexpr std::size_t buckets_each = std::size_t{1} << bucket_bits;

// Values below 64 have a bucket each; above, the power of two and the six bits below it choose.
std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < buckets_each)
    return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - bucket_bits;
  return (shift + 1) * buckets_each + static_cast<std::size_t>((value >> shift) - buckets_each);
}

std::uint64_t least_of(std::size_t bucket) noexcept {
  if (bucket < buckets_each)
    return bucket;
  const auto shift = bucket / buckets_each - 1;
  return (buckets_each + bucket % buckets_each) << shift;
}

} // namespace

histogram::histogram() : buckets_(bucket_of(UINT64_MAX) + 1, 0) {}

void histogram::add(std::chrono::nanoseconds value) noexcept {
  const auto positive = std::max(value, std::chrono::nanoseconds{0});
  ++buckets_[bucket_of(static_cast<std::uint64_t>(positive.count()))];
  ++count_;
  max_ = std::max(max_, positive);
}

std::chrono::nanoseconds histogram::quantile(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen > 0 && seen >= wanted)
      return std::chrono::nanoseconds{static_cast<std::int64_t>(least_of(bucket))};
  }
  return max_;
}

} // namespace bench

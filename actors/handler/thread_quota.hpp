#pragma once

#include <atomic>
#include <cstddef>

namespace sluice {

/// How many detached handlers, each with a thread, there may be at once. Shared by all loops of a
/// server; thread-safe.
class thread_quota {
public:
  /// `most`: 0: no limit
  explicit thread_quota(std::size_t most) noexcept : most_{most} {}

  [[nodiscard]] bool take() noexcept {
    if (taken_.fetch_add(1) < most_ || most_ == 0)
      return true;
    give_back();
    return false;
  }
  void give_back() noexcept { taken_.fetch_sub(1); }

private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_{0};
};

} // namespace sluice

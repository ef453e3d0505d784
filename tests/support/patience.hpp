#pragma once

#include <chrono>
#include <thread>

namespace sluice::testing {

/// How many times longer than usual a program takes that a sanitizer watches.
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
inline constexpr int slowness = 4;
#else
inline constexpr int slowness = 1;
#endif

/// How long a test waits for what is to come, before it says that it has not.
inline constexpr int patience_ms = 10'000 * slowness;
inline constexpr std::chrono::milliseconds patience{patience_ms};

/// Waits until `holds`, which nobody tells of; false where that takes longer than `patience`.
template <class Condition>
[[nodiscard]] bool comes_true(Condition holds) {
  const auto latest = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > latest)
      return false;
    std::this_thread::yield();
  }
  return true;
}

} // namespace sluice::testing

#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::soak {

/// Whether the address or the thread sanitizer is in: they keep freed memory aside, or more of
/// their own than is used, so that resident memory says nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// What this process holds.
struct holdings {
  std::int64_t allocations = 0; ///< of operator new
  std::size_t heap = 0;         ///< octets that the allocator has given out
  std::size_t resident = 0;     ///< octets
  std::size_t descriptors = 0;
};

/// Gives free memory back to the kernel, then measures.
[[nodiscard]] holdings measure();
/// Octets of this process that are in memory.
[[nodiscard]] std::size_t resident_now();
[[nodiscard]] std::size_t open_descriptors();

} // namespace sluice::soak

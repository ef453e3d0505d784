#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::soak {

/// Whether the address sanitizer is in: it keeps freed memory aside, so that resident memory says
/// nothing.
#ifdef __SANITIZE_ADDRESS__
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

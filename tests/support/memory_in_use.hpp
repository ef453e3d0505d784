#pragma once

#include <cstddef>

#include <malloc.h>

namespace sluice::testing {

/// Octets that this process has asked for and not given back, as far as glibc knows: always the
/// same where a sanitizer keeps the memory.
inline std::size_t memory_in_use() noexcept {
  return ::mallinfo2().uordblks;
}

} // namespace sluice::testing

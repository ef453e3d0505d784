#pragma once

#include <cstddef>

namespace sluice::websocket::internal {

/// Octets that one zlib stream holds. Its address is the stream's `opaque`, so it does not move.
struct zlib_memory {
  std::size_t held = 0;
};

/// What zlib allocates with: zalloc and zfree. `opaque`: the stream's zlib_memory
[[nodiscard]] void* zlib_allocate(void* opaque, unsigned items, unsigned size) noexcept;
void zlib_free(void* opaque, void* address) noexcept;

} // namespace sluice::websocket::internal

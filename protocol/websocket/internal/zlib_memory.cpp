#include "sluice/protocol/websocket/internal/zlib_memory.hpp"

#include <cstdlib>
#include <cstring>

namespace sluice::websocket::internal {
namespace {

/// Room for the size in front of each block, which zfree is not told; keeps malloc's alignment.
constexpr std::size_t prefix = alignof(std::max_align_t);
static_assert(prefix >= sizeof(std::size_t));

} // namespace

void* zlib_allocate(void* opaque, unsigned items, unsigned size) noexcept {
  const auto octets = std::size_t{items} * size + prefix;
  auto* const block = static_cast<std::byte*>(std::malloc(octets));
  if (block == nullptr)
    return nullptr;
  std::memcpy(block, &octets, sizeof octets);
  static_cast<zlib_memory*>(opaque)->held += octets;
  return block + prefix;
}

void zlib_free(void* opaque, void* address) noexcept {
  if (address == nullptr)
    return;
  auto* const block = static_cast<std::byte*>(address) - prefix;
  std::size_t octets = 0;
  std::memcpy(&octets, block, sizeof octets);
  static_cast<zlib_memory*>(opaque)->held -= octets;
  std::free(block);
}

} // namespace sluice::websocket::internal

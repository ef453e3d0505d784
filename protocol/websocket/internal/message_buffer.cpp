#include "sluice/protocol/websocket/internal/message_buffer.hpp"

#include "sluice/protocol/memory/block_cache.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::websocket::internal {
namespace {

/// A frame up to this size gets its memory at once and exactly; past it memory follows what
/// arrives.
constexpr std::size_t taken_on_trust = 4 * 1024;

std::size_t next_capacity(std::size_t capacity, std::size_t needed,
                          const message_buffer::outlook& ahead) noexcept {
  const auto grown = std::max({needed, 2 * capacity, taken_on_trust});
  const auto wanted = std::min(grown, ahead.announced);
  if (ahead.is_final)
    return wanted;
  // More fragments follow: without doubling, fragments of one octet would cost a copy of the
  // message each.
  return std::min(std::max(wanted, 2 * capacity), ahead.bound);
}

} // namespace

void message_buffer::grow(std::size_t needed, const outlook& ahead) {
  const auto capacity = next_capacity(capacity_, needed, ahead);
  auto larger = std::allocate_shared_for_overwrite<std::byte[]>(
    sluice::internal::cached_allocator<std::byte>{}, capacity);
  if (size_ != 0)
    std::memcpy(larger.get(), data_.get(), size_);
  data_ = std::move(larger);
  capacity_ = capacity;
}

} // namespace sluice::websocket::internal

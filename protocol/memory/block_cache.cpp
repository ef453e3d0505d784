#include "sluice/protocol/memory/block_cache.hpp"

#include <algorithm>

namespace sluice::internal {

namespace {

/// Who uses a block after it was given back is to be seen by the address sanitizer, and who uses
/// one that another thread has by the thread sanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) // g++
#define SLUICE_KEEPS_BLOCKS 0
#elif defined(__has_feature) // clang
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLUICE_KEEPS_BLOCKS 0
#endif
#endif
#ifndef SLUICE_KEEPS_BLOCKS
#define SLUICE_KEEPS_BLOCKS 1
#endif

constexpr std::size_t least_kept = 64;         ///< blocks of a size
constexpr std::size_t octets_kept = 32 * 1024; ///< of a size, if that is more

} // namespace

constinit thread_local block_cache::lists block_cache::mine{};

/// Gives everything back when the thread ends.
struct block_cache::closer {
  closer() noexcept {
    for (std::size_t which = 0; which < mine.room.size(); ++which)
      mine.room[which] = static_cast<std::uint16_t>(most_of(which));
  }
  ~closer() {
    mine.room = {};
    for (auto*& first : mine.first)
      while (first != nullptr) {
        auto* const block = first;
        first = block->next;
        ::operator delete(block);
      }
  }
};

std::size_t block_cache::most_of(std::size_t which) noexcept {
  return SLUICE_KEEPS_BLOCKS ? std::max(least_kept, octets_kept / ((which + 1) * step)) : 0;
}

std::size_t block_cache::most_blocks() noexcept {
  std::size_t most = 0;
  for (std::size_t which = 0; which < largest / step; ++which)
    most += most_of(which);
  return most;
}

bool block_cache::open(std::size_t which) noexcept {
  if (mine.is_open)
    return false;
  mine.is_open = true;
  thread_local const closer at_end;
  return mine.room[which] > 0;
}

} // namespace sluice::internal

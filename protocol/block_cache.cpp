#include "protocol/block_cache.hpp"

namespace sluice::internal {

namespace {

/// Who uses a block after it was given back is to be seen by the address sanitizer.
#if defined(__SANITIZE_ADDRESS__) // g++
#define SLUICE_KEEPS_BLOCKS 0
#elif defined(__has_feature) // clang
#if __has_feature(address_sanitizer)
#define SLUICE_KEEPS_BLOCKS 0
#endif
#endif
#ifndef SLUICE_KEEPS_BLOCKS
#define SLUICE_KEEPS_BLOCKS 1
#endif

constexpr std::uint16_t most_kept = SLUICE_KEEPS_BLOCKS ? 64 : 0;

} // namespace

constinit thread_local block_cache::lists block_cache::mine{};

/// Gives everything back when the thread ends.
struct block_cache::closer {
  closer() noexcept { mine.most = most_kept; }
  ~closer() {
    mine.most = 0;
    mine.is_over = true;
    for (auto*& first : mine.first)
      while (first != nullptr) {
        auto* const block = first;
        first = block->next;
        ::operator delete(block);
      }
  }
};

std::size_t block_cache::most_blocks() noexcept {
  return std::size_t{most_kept} * (largest / step);
}

bool block_cache::open() noexcept {
  if (mine.is_over || mine.most > 0)
    return false;
  thread_local const closer at_end;
  return mine.most > 0;
}

} // namespace sluice::internal

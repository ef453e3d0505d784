#include "sluice/protocol/memory/block_cache.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

using sluice::internal::block_cache;

TEST_CASE("blocks are as large as was asked for, and nobody else's") {
  for (std::size_t size = 0; size <= block_cache::largest + 65; size += 13) {
    std::set<void*> taken;
    for (auto i = 0; i < 600; ++i) { // more than are kept
      auto* const block = block_cache::take(size);
      std::memset(block, i, size);
      CHECK(taken.insert(block).second);
    }
    for (auto* const block : taken)
      block_cache::give(block, size);
  }
}

TEST_CASE("a block may be given back on another thread, and a thread may end with some") {
  std::vector<void*> blocks;
  for (auto i = 0; i < 100; ++i)
    blocks.push_back(block_cache::take(500));
  std::thread{[&] {
    for (auto* const block : blocks)
      block_cache::give(block, 500);
    auto* const one = block_cache::take(500);
    // One of those, unless none are kept: sanitizers want to see each.
    CHECK((std::find(blocks.begin(), blocks.end(), one) != blocks.end())
          == (block_cache::most_blocks() > 0));
    std::memset(one, 1, 500);
    block_cache::give(one, 500);
  }}.join();
}

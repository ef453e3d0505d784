// libFuzzer's entry. It bounds what an input may cost: the compiler calls trace_pc at each block of
// code, engines' and targets' alike, and the count of these calls, which is the same on every
// machine, may be no more than FUZZ_WORK for each octet of the input and of what was inflated from
// it. The dearest inputs so far count as coverage, so that the fuzzer goes on from them; and it
// repeats parts of inputs, because what costs more than its share shows in long rows of the same.

#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

namespace {

std::uint64_t blocks = 0;

/// What an input of no octets costs as well is taken for that of so many.
constexpr std::size_t start = 256;

constexpr std::size_t steps = 64;
[[gnu::section("__libfuzzer_extra_counters")]] std::uint8_t reached[steps];

/// Says at the end how near to the limit the inputs came.
struct summary {
  std::uint64_t dearest = 0;
  ~summary() {
    std::fprintf(stderr, "stat::blocks_an_octet: %llu\n", static_cast<unsigned long long>(dearest));
  }
} all;

void check_cost(std::size_t size) {
  sluice::fuzz::require(blocks > 0, "blocks are counted: -fsanitize-coverage=trace-pc");
  const auto each = blocks / (size + sluice::fuzz::inflated + start);
  all.dearest = std::max(all.dearest, each);
  if (each > FUZZ_WORK)
    sluice::fuzz::fail("an octet costs no more than " + std::to_string(FUZZ_WORK) + " blocks",
                       std::to_string(each) + " each of " + std::to_string(size) + " octets and "
                         + std::to_string(sluice::fuzz::inflated) + " inflated");
  reached[std::min<std::size_t>(steps - 1, each * steps / FUZZ_WORK)] = 1;
}

} // namespace

// The linker puts it in the place of libFuzzer's own, which takes no part any more.
extern "C" __attribute__((no_sanitize("coverage", "address", "undefined"))) void
__wrap___sanitizer_cov_trace_pc() {
  ++blocks;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  blocks = 0;
  sluice::fuzz::inflated = 0;
  sluice::fuzz::try_one(data, size);
  check_cost(size);
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  constexpr unsigned seldom = 256; // long inputs are slow
  constexpr std::size_t usual = 256;
  constexpr std::size_t longest = 64;
  if (seed % seldom != 0 || size == 0 || size >= most)
    return LLVMFuzzerMutate(data, size, std::min(most, std::max(size, usual)));
  std::minstd_rand draw{seed};
  const auto first = draw() % size;
  const auto length = 1 + draw() % std::min(size - first, longest);
  const auto room = (most - size) / length * length;
  std::memmove(data + first + room, data + first, size - first);
  for (std::size_t i = 0; i < room; ++i)
    data[first + i] = data[first + room + i % length];
  return size + room;
}

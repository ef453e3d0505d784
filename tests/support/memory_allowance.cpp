#include "tests/support/memory_allowance.hpp"

#include <cstdlib>
#include <new>

namespace {

constexpr long any_number = -1;
thread_local long left = any_number;

} // namespace

void* operator new(std::size_t size) {
  if (left == 0)
    throw std::bad_alloc{};
  if (left > 0)
    --left;
  if (auto* const memory = std::malloc(size == 0 ? 1 : size))
    return memory;
  throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sluice::testing {

memory_allowance::memory_allowance(std::size_t more) noexcept {
  left = static_cast<long>(more);
}

memory_allowance::~memory_allowance() {
  left = any_number;
}

} // namespace sluice::testing

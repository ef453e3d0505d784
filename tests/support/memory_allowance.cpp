#include "tests/support/memory_allowance.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constexpr long any_number = -1;
thread_local long left = any_number;
std::atomic<bool> is_famine{false};
thread_local bool is_starved = false;

} // namespace

void* operator new(std::size_t size) {
  if (left == 0 || (is_starved && is_famine))
    throw std::bad_alloc{};
  if (left > 0)
    --left;
  if (auto* const memory = std::malloc(size == 0 ? 1 : size))
    return memory;
  throw std::bad_alloc{};
}

// Of this too: a sanitizer's would not be of the same memory as what deletes it.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
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

void starve_this_thread() noexcept {
  is_famine = true;
  is_starved = true;
}

void end_famine() noexcept {
  is_famine = false;
}

} // namespace sluice::testing

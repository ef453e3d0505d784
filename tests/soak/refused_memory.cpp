#include "tests/soak/refused_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local bool is_loop_thread = false;
std::atomic<bool> is_refusing{false};
std::atomic<std::uint64_t> asked{0};
std::atomic<std::uint64_t> refused{0};
std::atomic<std::int64_t> alive{0};

bool is_to_be_refused(std::size_t size) noexcept {
  if (!is_loop_thread || size < sluice::soak::least_refused
      || !is_refusing.load(std::memory_order_relaxed))
    return false;
  if (asked.fetch_add(1, std::memory_order_relaxed) % 8 != 0)
    return false;
  refused.fetch_add(1, std::memory_order_relaxed);
  return true;
}

} // namespace

void* operator new(std::size_t size) {
  auto* const memory = is_to_be_refused(size) ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr)
    throw std::bad_alloc{};
  alive.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

void operator delete(void* memory) noexcept {
  if (memory == nullptr)
    return;
  alive.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace sluice::soak {

void mark_loop_thread() noexcept {
  is_loop_thread = true;
}

void refuse_memory(bool on) noexcept {
  is_refusing.store(on);
}

std::uint64_t requests_refused() noexcept {
  return refused.load();
}

std::int64_t allocations_alive() noexcept {
  return alive.load();
}

} // namespace sluice::soak

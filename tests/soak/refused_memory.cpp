#include "tests/soak/refused_memory.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include <dlfcn.h>
#include <execinfo.h>

namespace {

thread_local bool is_spared = false;
thread_local bool is_loop_thread = false;
/// One in so many requests is refused; none for 0.
std::atomic<unsigned> one_in{0};
std::atomic<bool> is_any{false};
std::atomic<std::uint64_t> asked{0};
std::atomic<std::uint64_t> refused{0};
std::atomic<std::int64_t> alive{0};

/// Where nothing can be done without memory; README.md says why.
constexpr std::array<std::string_view, 6> unforgiving{
  "_ZN3caf15scheduled_actor8finalize", // may not throw
  "_ZN3caf17monitorable_actor7cleanup",
  "_ZN3caf6detail23thread_safe_actor_clock17run_dispatch_loop", // catches nothing
  "_ZN3caf6policy12work_sharing7enqueue",                       // its actor would never run again
  "_ZNSt5dequeIN6sluice10event_loop3job",                       // the same
  "_ZNSt6vectorIN6sluice10event_loop3job",
};

/// Whether CAF would end the process.
bool is_below_unforgiving() noexcept {
  is_spared = true; // the unwinder may allocate
  std::array<void*, 100> frames{};
  const auto count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  auto found = false;
  for (auto i = 0; i < count && !found; ++i) {
    Dl_info info{};
    if (::dladdr(frames[static_cast<std::size_t>(i)], &info) == 0 || info.dli_sname == nullptr)
      continue;
    for (const auto name : unforgiving)
      found = found || std::string_view{info.dli_sname}.starts_with(name);
  }
  is_spared = false;
  return found;
}

bool is_to_be_refused(std::size_t size) noexcept {
  const auto odds = one_in.load(std::memory_order_relaxed);
  if (odds == 0 || is_spared
      || (!is_any.load(std::memory_order_relaxed)
          && (!is_loop_thread || size < sluice::soak::least_refused)))
    return false;
  if (asked.fetch_add(1, std::memory_order_relaxed) % odds != 0 || is_below_unforgiving())
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

void spare_this_thread() noexcept {
  is_spared = true;
}

void mark_loop_thread() noexcept {
  is_loop_thread = true;
}

void refuse_memory(unsigned one_in_so_many, bool any) noexcept {
  is_any.store(any);
  one_in.store(one_in_so_many);
}

std::uint64_t requests_refused() noexcept {
  return refused.load();
}

std::int64_t allocations_alive() noexcept {
  return alive.load();
}

} // namespace sluice::soak

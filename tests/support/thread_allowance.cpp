#include "tests/support/thread_allowance.hpp"

#include <atomic>
#include <cerrno>

#include <dlfcn.h>
#include <pthread.h>

namespace {

constexpr long any_number = -1;
std::atomic<long> left{any_number};

bool is_allowed() noexcept {
  auto now = left.load();
  while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {}
  return now != 0;
}

} // namespace

extern "C" int pthread_create(pthread_t* made, const pthread_attr_t* how, void* (*run)(void*),
                              void* argument) noexcept {
  using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "pthread_create"));
  return is_allowed() ? next(made, how, run, argument) : EAGAIN;
}

namespace sluice::testing {

thread_allowance::thread_allowance(std::size_t more) noexcept {
  left.store(static_cast<long>(more));
}

thread_allowance::~thread_allowance() {
  left.store(any_number);
}

} // namespace sluice::testing

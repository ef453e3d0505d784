// No test of anything but tests/support/time_limit.cpp, which ends it.

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

TEST_CASE("a case that is over in time" * doctest::timeout(20)) {
  CHECK(true);
}

TEST_CASE("a case that waits for nothing" * doctest::timeout(0.2)) {
  std::mutex mutex;
  std::condition_variable nobody_signals;
  std::unique_lock guard{mutex};
  nobody_signals.wait(guard, [] { return false; });
}

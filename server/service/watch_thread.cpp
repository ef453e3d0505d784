#include "sluice/server/service/watch_thread.hpp"

#include <new>

namespace sluice {

watch_thread::watch_thread(server_view& what, journal& log, const time_source& time)
  : watch_{what, log}, time_{time}, thread_{[this] { run(); }} {}

watch_thread::~watch_thread() {
  {
    const std::lock_guard guard{mutex_};
    is_over_ = true;
  }
  ends_.notify_one();
  thread_.join();
}

void watch_thread::run() {
  std::unique_lock lock{mutex_};
  while (!ends_.wait_for(lock, watch_.interval(), [this] { return is_over_; }))
    try {
      watch_.look(time_.now());
    } catch (const std::bad_alloc&) {} // it looks again
}

} // namespace sluice

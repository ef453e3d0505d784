#pragma once

#include "sluice/server/service/watch.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluice {

/// Keeps watch on a thread of its own, as long as it lives.
class watch_thread {
public:
  /// All outlive it. Throws std::system_error when there is no thread.
  watch_thread(server_view& what, journal& log, const time_source& time);
  watch_thread(const watch_thread&) = delete;
  watch_thread& operator=(const watch_thread&) = delete;
  ~watch_thread();

private:
  void run();

  watch watch_;
  const time_source& time_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool is_over_ = false; ///< guarded by mutex_
  std::thread thread_;
};

} // namespace sluice

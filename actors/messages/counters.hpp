#pragma once

#include <atomic>
#include <cstdint>

namespace sluice {

/// What a server counts about itself. Written by every event loop, read by anybody.
struct counters {
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::int64_t> connections_open{0};
  std::atomic<std::int64_t> connection_actors{0}; ///< socket actors that have not ended, their
                                                  ///< socket closed or not
  std::atomic<std::int64_t> connections_kept{0};  ///< socket actors that have ended and that
                                                  ///< somebody still holds
  std::atomic<std::int64_t> handlers_running{0};  ///< handler actors alive
  std::atomic<std::int64_t> handlers_detached{0}; ///< of these: with a thread of their own
  std::atomic<std::uint64_t> detached_refused{0}; ///< answered 503: as many had a thread as may
  std::atomic<std::int64_t> handlers_cancelled_running{0}; ///< of these: cancelled, still alive
  std::atomic<std::uint64_t> handlers_cancelled{0};
  std::atomic<std::uint64_t> handlers_killed{0};  ///< outlived their grace period
  std::atomic<std::uint64_t> handler_failures{0}; ///< threw, or ended without an answer
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> acknowledgements_late{0};
  std::atomic<std::uint64_t> acknowledgements_foreign{0};
  std::atomic<std::uint64_t> deadlines_missed{0};
  std::atomic<std::uint64_t> accepts_failed{0};      ///< no descriptor or memory for one more
  std::atomic<std::uint64_t> connections_refused{0}; ///< answered 503: past the memory budget
  std::atomic<std::uint64_t> connections_starved{0}; ///< ended for want of memory
};

} // namespace sluice

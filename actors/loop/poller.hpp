#pragma once

#include "sluice/actors/loop/io_handler.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <system_error>

#include <sys/epoll.h>

namespace sluice {

/// The kernel's word on descriptors: epoll, and an eventfd that wakes who waits for it. Confined to
/// the thread of its event loop, but `wake`.
class poller {
public:
  /// Throws std::system_error, with a sentence for the user, when the kernel gives no epoll set or
  /// eventfd.
  [[nodiscard]] static std::unique_ptr<poller> make();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  ~poller();

  [[nodiscard]] std::error_code watch(int descriptor, interest what, io_handler& handler);
  /// Stops watching; what was fetched for it already is dropped.
  void unwatch(int descriptor, io_handler& handler) noexcept;

  /// Waits until something is ready, at most `milliseconds`; negative: for as long as it takes.
  void wait(int milliseconds) noexcept;
  /// Tells the handlers of what `wait` has found. @returns how much that was
  std::size_t tell();
  /// Ends a `wait`, or the next one. Thread-safe.
  void wake() noexcept;

private:
  poller() = default;

  int epoll_ = -1;
  int wake_up_ = -1;
  std::array<epoll_event, 256> ready_; ///< what the kernel has told last
  std::size_t count_ = 0;              ///< of it; those without a handler were unwatched since
  std::atomic<bool> is_woken_{false};  ///< the eventfd was written and not read yet
};

} // namespace sluice

#pragma once

#include <atomic>
#include <chrono>

namespace sluice {

/// Monotonic time, the only kind that deadlines are reckoned in.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// The one source of time of a server: the steady clock, or one that a test drives. Thread-safe.
class time_source {
public:
  virtual ~time_source() = default;
  [[nodiscard]] virtual time_point now() const noexcept { return std::chrono::steady_clock::now(); }
  /// Whether time passes by itself. If not, an event loop sleeps until it is woken.
  [[nodiscard]] virtual bool is_driven() const noexcept { return false; }
};

/// Time that stands still until it is advanced. Wake the event loops after advancing it.
class driven_time final : public time_source {
public:
  [[nodiscard]] time_point now() const noexcept override {
    return time_point{duration{now_.load()}};
  }
  [[nodiscard]] bool is_driven() const noexcept override { return true; }
  void advance(duration by) noexcept { now_.fetch_add(by.count()); }

private:
  std::atomic<duration::rep> now_{
    std::chrono::duration_cast<duration>(std::chrono::hours{1}).count()};
};

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>

namespace sluice {

class timer_queue;

/// Until what memory was refused for is tried again.
inline constexpr duration memory_retry = std::chrono::milliseconds{10};

/// Something that wants to be called at a time. Its owner keeps it in place while it is armed;
/// destroying it disarms. It has its place in the queue from the beginning, so that arming it needs
/// no memory.
class timer {
public:
  timer();
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer();

  /// Called once the time has come; the timer is no longer armed then and may be armed again.
  /// @throws std::bad_alloc if it is neither armed nor destroyed: then it is called again soon
  virtual void on_due(time_point now) = 0;

  [[nodiscard]] bool is_armed() const noexcept { return queue_ != nullptr; }
  /// @pre is_armed()
  [[nodiscard]] time_point due() const noexcept { return position_->first; }

private:
  friend timer_queue;
  using places = std::multimap<time_point, timer*>;

  timer_queue* queue_ = nullptr;
  places::iterator position_;
  places::node_type place_; ///< while it is not armed
};

/// The armed timers of one event loop in the order they are due. Confined to the loop's thread.
class timer_queue {
public:
  timer_queue() = default;
  timer_queue(const timer_queue&) = delete;
  timer_queue& operator=(const timer_queue&) = delete;
  /// @pre no timer is armed
  ~timer_queue() = default;

  /// Arms `which` for `when`, also if it was armed for another time.
  void arm(timer& which, time_point when) noexcept;
  void disarm(timer& which) noexcept;
  void disarm_all() noexcept;

  /// Calls each timer that is due at `now`, the earliest first. A timer armed meanwhile for a time
  /// not after `now` is called as well, at most as many as were armed at the start. One that got no
  /// memory is called again ten milliseconds later.
  /// @returns how many were called
  std::size_t run_due(time_point now);

  [[nodiscard]] std::optional<time_point> next_due() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return armed_.size(); }

private:
  timer::places armed_;
};

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/figure.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace sluice {

struct loop_context;

[[nodiscard]] inline double seconds_of(duration length) noexcept {
  return std::chrono::duration<double>{length}.count();
}

/// What may be seen of a server while it runs, from any thread. Lives as long as the server.
struct server_view {
  struct loop {
    explicit loop(loop_context& which) : context{&which} {}

    /// How long it has not looked at its sockets; zero: it waits for them.
    [[nodiscard]] duration busy_for(time_point now) const noexcept;
    /// Whose code of the application it runs; null: none, or it waits for its sockets.
    [[nodiscard]] const std::string* runs() const noexcept;

    loop_context* context;
    figure<std::uint64_t> holds;     ///< times that it was held up for longer than `loop_lag`
    figure<std::uint64_t> held_time; ///< nanoseconds of these, as far as somebody looked
  };
  enum class state : std::uint8_t { serving, draining };

  explicit server_view(const time_source& source) : time{source} {}

  /// What all loops have counted.
  [[nodiscard]] counters count() const noexcept;

  const time_source& time;
  std::deque<loop> loops;
  std::size_t max_connections = 0;
  std::uint64_t memory_budget = 0; ///< octets; 0: none
  connection_bound bound{};        ///< of one connection
  duration loop_lag{};             ///< zero: nobody looks
  std::atomic<state> is{state::serving};
};

} // namespace sluice

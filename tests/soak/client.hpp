#pragma once

#include "tests/soak/scenario.hpp"
#include "tests/soak/tally.hpp"
#include "tests/soak/witness.hpp"

#include <cstddef>
#include <cstdint>

namespace sluice::soak {

// States: talking -> holding (vanished, or the window is full: no octet is read) -> draining (reads
// to the end) -> done. From talking it may be done at once.

/// One connection of a client: does what its scenario says and judges what comes back.
class client_connection {
public:
  client_connection(std::uint64_t seed, std::uint16_t port, tally& counts);
  client_connection(const client_connection&) = delete;
  client_connection& operator=(const client_connection&) = delete;
  ~client_connection();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// What to poll for.
  [[nodiscard]] short interest(clock::time_point now) const;
  /// Goes on, as far as it can now. `events`: what poll says; 0 to look at the time alone.
  void step(short events, clock::time_point now);
  [[nodiscard]] bool is_done() const noexcept { return state_ == state::done; }

private:
  enum class state : std::uint8_t { connecting, talking, holding, draining, done };

  [[nodiscard]] bool is_reading() const noexcept;
  [[nodiscard]] std::size_t open_until() const;
  void send_some(clock::time_point now);
  void receive_some();
  void on_end(bool was_reset);
  void part(clock::time_point now);
  void part_if_due(clock::time_point now);
  void look_at_clock(clock::time_point now);
  void judge_end();
  [[nodiscard]] bool was_idle() const;
  [[nodiscard]] bool was_starved() const;
  void close(bool abruptly);

  const scenario scenario_;
  tally& counts_;
  witness witness_;
  const clock::time_point started_;
  int descriptor_ = -1;
  state state_ = state::connecting;
  std::size_t sent_ = 0;
  bool can_send_ = true; ///< the server still takes octets
  bool was_reset_ = false;
  std::string ending_;              ///< who ended it
  clock::time_point last_received_; ///< or the start
  clock::time_point last_step_;
  clock::duration longest_rest_{}; ///< between two steps
  clock::time_point next_send_;
  clock::time_point held_until_;
};

/// The whole of a client process: connections, one after the other, some tens at a time.
/// `only`: if not 0, every scenario is the one of this seed.
int run_client(std::uint16_t port, std::uint64_t seed, std::uint64_t only, std::size_t at_once,
               tally& counts);

} // namespace sluice::soak

#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice {

/// What a connection may be waiting for. Each belongs to one account: the client, the handler, or
/// the network that takes our output. Only the one that is waited for can time out.
enum class wait : std::uint8_t {
  header,          ///< client: the rest of a header section (S53)
  content,         ///< client: more content, while octets are wanted (S53)
  keep_alive,      ///< client: the next request (S55)
  handler,         ///< handler: an acknowledgement or an answer (S6)
  write,           ///< network: any octet of our output to be taken (S54)
  linger,          ///< client: its end of stream, after our last response (S22)
  close_handshake, ///< client: the Close that answers ours (S35)
  stall_probe,     ///< ourselves: the next Ping to a stalled client (S42)
  close_answer, ///< handler: what came before the end of the client's side, and its own end (S35)
};

/// Which waits of a connection have a deadline, and when. A wait that is not started can't expire.
class deadlines {
public:
  /// Starts `which`, or starts it anew. A duration of zero means no deadline.
  void start(wait which, time_point now, duration length) noexcept;
  void stop(wait which) noexcept;
  /// Stops `which`. @returns what was left of its time; nothing if it did not run
  [[nodiscard]] std::optional<duration> interrupt(wait which, time_point now) noexcept;
  void stop_all() noexcept { running_ = 0; }

  [[nodiscard]] bool is_running(wait which) const noexcept;
  /// The earliest deadline of all.
  [[nodiscard]] std::optional<time_point> next() const noexcept;
  /// Takes one wait whose deadline is not after `now`, the earliest first; it stops.
  [[nodiscard]] std::optional<wait> take_expired(time_point now) noexcept;

private:
  static constexpr std::size_t count = 9;
  /// @pre any runs
  [[nodiscard]] std::size_t earliest() const noexcept;
  std::uint16_t running_ = 0; ///< a bit for each that runs: mostly one does
  std::array<time_point, count> due_{};
};

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/party.hpp"

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
  heartbeat,    ///< ourselves: the next comment in a silent feed of events
};

/// Whose the account of `which` is. A probe keeps nobody waiting, but for a handler.
[[nodiscard]] constexpr party party_of(wait which) noexcept {
  switch (which) {
    case wait::handler:
    case wait::stall_probe:
    case wait::close_answer: return party::handler;
    case wait::write: return party::network;
    default: return party::client;
  }
}

/// As it stands in the stall list, e.g. "keep_alive".
[[nodiscard]] constexpr std::string_view to_string(wait which) noexcept {
  switch (which) {
    case wait::header: return "header";
    case wait::content: return "content";
    case wait::keep_alive: return "keep_alive";
    case wait::handler: return "handler";
    case wait::write: return "write";
    case wait::linger: return "linger";
    case wait::close_handshake: return "close_handshake";
    case wait::stall_probe: return "stall_probe";
    case wait::heartbeat: return "heartbeat";
    default: return "close_answer";
  }
}

/// Which waits of a connection have a deadline, and when. A wait that is not started can't expire.
class deadlines {
public:
  /// Starts `which`, or starts it anew. A duration of zero means no deadline.
  void start(wait which, time_point now, duration length) noexcept;
  void stop(wait which) noexcept { running_ &= static_cast<std::uint16_t>(~bit_of(which)); }
  /// Stops `which`. @returns what was left of its time; nothing if it did not run
  [[nodiscard]] std::optional<duration> interrupt(wait which, time_point now) noexcept;
  void stop_all() noexcept { running_ = 0; }

  [[nodiscard]] bool is_running(wait which) const noexcept {
    return (running_ & bit_of(which)) != 0;
  }
  /// When its time is up; nothing if it does not run.
  [[nodiscard]] std::optional<time_point> due(wait which) const noexcept {
    return is_running(which) ? std::optional{due_[static_cast<std::size_t>(which)]} : std::nullopt;
  }
  /// The earliest deadline of all.
  [[nodiscard]] std::optional<time_point> next() const noexcept;
  /// Takes one wait whose deadline is not after `now`, the earliest first; it stops.
  [[nodiscard]] std::optional<wait> take_expired(time_point now) noexcept;

private:
  static constexpr std::size_t count = 10;
  static constexpr std::uint16_t bit_of(wait which) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<std::size_t>(which));
  }
  /// @pre any runs
  [[nodiscard]] std::size_t earliest() const noexcept;
  std::uint16_t running_ = 0; ///< a bit for each that runs: mostly one does
  std::array<time_point, count> due_{};
};

} // namespace sluice

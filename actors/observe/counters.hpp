#pragma once

#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/actors/observe/figure.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

enum class refusal : std::uint8_t;
inline constexpr std::size_t refusals = 8;

/// What an event loop counts about itself, read by anybody. A server's are the sum of its loops'.
struct counters {
  figure<std::uint64_t> connections_accepted;
  figure<std::int64_t> connections_open;
  figure<std::int64_t>
    connection_actors;                   ///< socket actors that have not ended, their socket closed
                                         ///< or not
  figure<std::int64_t> connections_kept; ///< socket actors that have ended and that somebody still
                                         ///< holds
  figure<std::int64_t> web_sockets_open;
  figure<std::int64_t> handlers_running;           ///< handler actors alive
  figure<std::int64_t> handlers_detached;          ///< of these: with a thread of their own
  figure<std::uint64_t> detached_refused;          ///< answered 503: as many had a thread as may
  figure<std::int64_t> handlers_cancelled_running; ///< of these: cancelled, still alive
  figure<std::uint64_t> handlers_cancelled;
  figure<std::uint64_t> handlers_killed;  ///< outlived their grace period
  figure<std::uint64_t> handler_failures; ///< threw, or ended without an answer
  figure<std::uint64_t> requests;
  figure<std::uint64_t> acknowledgements_late;
  figure<std::uint64_t> acknowledgements_foreign;
  figure<std::uint64_t> deadlines_missed;
  figure<std::uint64_t> accepts_failed; ///< no descriptor or memory for one more
  figure<std::uint64_t> accepts_paused; ///< times that accepting paused at the most connections
  figure<std::uint64_t> connections_refused; ///< answered 503: past the memory budget
  figure<std::uint64_t> connections_late;    ///< answered 503: they came while the server stopped
  figure<std::uint64_t> connections_starved; ///< ended for want of memory
  figure<std::uint64_t> octets_received;     ///< read from sockets
  figure<std::uint64_t> octets_sent;         ///< taken by the kernel
  std::array<figure<std::uint64_t>, cancel_reasons> cancelled_by; ///< handlers, by cancel_reason
  std::array<figure<std::uint64_t>, refusals> refused_by; ///< what handlers sent, by refusal

  [[nodiscard]] static constexpr std::size_t place_of(cancel_reason reason) noexcept {
    return static_cast<std::size_t>(reason);
  }
  [[nodiscard]] static constexpr std::size_t place_of(refusal why) noexcept {
    return static_cast<std::size_t>(why) - 1;
  }

  /// Adds what another loop has counted. Not while anybody writes these.
  counters& operator+=(const counters& other) noexcept;
};

} // namespace sluice

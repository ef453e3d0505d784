#pragma once

#include "sluice/actors/connection/deadlines.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/loop/time_source.hpp"

#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice {

/// A handler of a connection, as it was seen.
struct stalled_handler {
  caf::actor_id id = 0;
  placement where = placement::on_loop;
  std::string_view state; ///< "running", "cancelled" or "killed"
  handler_doing doing;
  std::optional<duration> holds_for; ///< since when it has not acknowledged what it was given
};

/// A connection, as it was seen: whom it waits for, and what it holds.
struct stall {
  caf::actor_id connection = 0;
  std::string peer;
  std::string_view protocol; ///< "HTTP/1.1" or "WebSocket"
  std::string_view method;   ///< of the request; empty: there is none
  std::string route;         ///< the pattern; empty: none
  std::string_view phase;    ///< of its socket: "open", "finishing", "lingering" or "closed"

  std::optional<wait> awaited; ///< what for; whose the wait is says party_of. Nothing: nobody is
                               ///< waited for
  duration awaited_for{};      ///< since that began, or who is waited for has moved last
  std::optional<duration> time_left; ///< until the deadline, if there is one

  std::size_t unread = 0; ///< octets that were read and not used
  std::size_t parked = 0; ///< octets of messages that wait for the handler
  std::size_t unsent = 0; ///< octets of output that wait to leave
  std::size_t kernel_unread = 0;
  std::size_t kernel_unsent = 0; ///< sent, and not acknowledged by the peer's host

  std::optional<stalled_handler> handler;
  std::size_t detached = 0; ///< handlers whose exchange is over, and that work on

  [[nodiscard]] std::size_t octets() const noexcept {
    return unread + parked + unsent + kernel_unread + kernel_unsent;
  }
};

/// Which connections are to be seen, and how.
struct stall_query {
  enum class order : std::uint8_t { time, octets };

  std::string route;            ///< if not empty: only those at this route
  std::string peer;             ///< if not empty: only those whose address begins like this
  std::optional<party> awaited; ///< only those that wait for this one
  bool with_idle = false;       ///< also those that wait for nobody, or for their next request
  order by = order::time;
  std::size_t most = 100; ///< rows, the longest or largest ones
};

/// What was seen on one loop.
struct stall_list {
  std::size_t connections = 0; ///< of the loop
  std::size_t matching = 0;    ///< of these: that the query is about
  std::vector<stall> rows;
  /// How many handlers wait for a reply of each actor, whatever the query says.
  std::unordered_map<caf::actor_id, std::size_t> asked;
};

} // namespace sluice

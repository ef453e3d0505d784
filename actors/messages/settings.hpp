#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/protocol/http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sluice {

/// What a client that shuts down its sending side after a complete request is taken for (S41).
enum class half_close : std::uint8_t {
  answer, ///< alive: it waits for the response. RFC 9112 sec. 9.6
  cancel, ///< gone: the handler is cancelled with `peer_closed`
};

[[nodiscard]] constexpr std::string_view to_string(half_close policy) noexcept {
  return policy == half_close::answer ? "answer" : "cancel";
}

/// Which clients of a stalled HTTP/1.1 request are probed with an interim 102 (S42). Clients differ
/// on what they make of one (docs/adr/0031-probing-http.md).
enum class http_probe : std::uint8_t {
  never,
  known, ///< curl that expects 100-continue, which takes it well, and between which and us no proxy
         ///< stands that does not
  always,
};

[[nodiscard]] constexpr std::string_view to_string(http_probe which) noexcept {
  switch (which) {
    case http_probe::never: return "never";
    case http_probe::known: return "known";
    default: return "always";
  }
}

/// The output cap that a message of `message` octets and its framing fit in.
[[nodiscard]] constexpr std::size_t output_for(std::size_t message) noexcept {
  constexpr std::size_t framing = 64 * 1024;
  return message <= std::numeric_limits<std::size_t>::max() - framing ? message + framing : message;
}

/// The part of the settings that a route may have for itself. Sizes in octets; a duration of zero
/// means no deadline.
struct route_settings {
  std::size_t max_message_size = 1024 * 1024; ///< a WebSocket message; past it 1009
  /// The client's credit while content is wanted, or the rest of a WebSocket message: it runs down
  /// while nothing comes, and what comes refills it at `content_rate` (S53).
  duration content_deadline = std::chrono::seconds{30};
  /// Octets a second that a client must keep up in the long run; an octet refills 1/rate seconds of
  /// its credit. 0: any octet refills all of it. 64 is below every link that is in use, and ends a
  /// client that feeds single octets to hold a handler.
  std::uint64_t content_rate = 64;
  duration handler_deadline = std::chrono::seconds{60}; ///< for an acknowledgement, and for
                                                        ///< progress of a response
  duration write_deadline = std::chrono::seconds{30};   ///< the client's credit while output waits
                                                        ///< for the network to take it
  /// The same for our output: octets a second that the network must take in the long run, against
  /// `write_deadline`.
  std::uint64_t write_rate = 64;
  /// For the Close that answers ours; and for a handler to answer a message that came before the
  /// client's Close, and to end then.
  duration close_deadline = std::chrono::seconds{5};
  duration cancel_grace = std::chrono::seconds{5}; ///< for a cancelled handler to end before it is
                                                   ///< killed
  duration stall_probe = std::chrono::seconds{15}; ///< between Pings to a stalled WebSocket
  /// Which stalled HTTP/1.1 requests are probed as well, with an interim 102 each `stall_probe`,
  /// and once when the server stops.
  http_probe probe_http = http_probe::known;
  half_close on_half_close = half_close::answer;
};

/// What one connection may cost and how long anybody may be waited for. Sizes in octets; a duration
/// of zero means no deadline. The same for every connection of a server; what is a part of
/// `route_settings`, a route may override.
struct settings : route_settings {
  http::limits request;               ///< header section, target, trailers
  std::size_t chunk_size = 64 * 1024; ///< most content in one chunk, and most that one read takes
  std::size_t look_ahead = 4 * 1024;  ///< WebSocket octets parsed past a full slot, for Ping and
                                      ///< Close
  /// Unsent data. As long as it has this value it counts as not set, and is raised to what
  /// output_for gives for the largest message, of the settings or of a route.
  std::size_t output_cap = output_for(1024 * 1024);
  std::size_t control_reserve = 4 * 1024; ///< control frames may go this far past output_cap
  std::size_t low_water = 16 * 1024;      ///< reading resumes when unsent output has fallen to this
  std::size_t high_water = 256 * 1024;    ///< reading stops when unsent output has risen to this
  std::size_t receive_buffer = 256 * 1024;         ///< SO_RCVBUF; the kernel accounts twice as much
  std::size_t send_buffer = 256 * 1024;            ///< SO_SNDBUF; the kernel accounts twice as much
  std::uint64_t drain_content = 256 * 1024;        ///< unread content that is discarded to keep the
                                                   ///< connection (S22)
  std::uint64_t linger_content = 16 * 1024 * 1024; ///< most that is discarded before a close (S22)

  std::size_t record_events = 0;  ///< the last so many are kept; at least 8, or 0: none
  std::size_t record_content = 0; ///< of what the client has sent for a request; with record_events

  duration header_deadline = std::chrono::seconds{10}; ///< first octet to end of the header section
  duration keep_alive = std::chrono::seconds{60}; ///< between two requests, and before the first
  duration linger_deadline = std::chrono::seconds{5}; ///< for the client's end of stream before a
                                                      ///< close
  duration user_timeout = std::chrono::seconds{60}; ///< TCP_USER_TIMEOUT, and the idle time of TCP
                                                    ///< keepalive
};

/// Sends of a handler that wait at a connection at once, however small they are; past it a further
/// one is refused with output_full (S48).
inline constexpr std::size_t most_waiting_sends = 256;

/// Octets that one recorded event takes, at most.
inline constexpr std::size_t recorded_event = 512;

/// The largest that any route asks for beyond what the settings say, in octets.
struct route_extremes {
  std::size_t message = 0; ///< a WebSocket message, or a part of one
  std::size_t deflate = 0; ///< what zlib takes for a WebSocket that compresses
};

/// `s` as its server takes it: an output_cap that was not set has room for the largest message that
/// may come, so that it can be sent back.
[[nodiscard]] settings with_room_for_messages(settings s,
                                              const route_extremes& routes = {}) noexcept;

/// The most memory that one connection can hold, in octets.
struct connection_bound {
  std::size_t user = 0;   ///< of the process
  std::size_t kernel = 0; ///< socket buffers
};

/// The most user memory that one connection of `s` can hold, in octets: header section, one chunk
/// or message, the octets read ahead, unsent output, engine state (S61).
[[nodiscard]] std::size_t memory_bound(const settings& s,
                                       const route_extremes& routes = {}) noexcept;

/// The most kernel memory that one connection of `s` can hold in socket buffers, in octets.
[[nodiscard]] std::size_t kernel_bound(const settings& s) noexcept;

} // namespace sluice

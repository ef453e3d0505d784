#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Why a handler was cancelled (S44).
enum class cancel_reason : std::uint8_t {
  peer_closed,      ///< the client closed its side before all was done, or closed the WebSocket
  peer_reset,       ///< the client's host reset the connection
  peer_vanished,    ///< the client's host stopped answering (TCP keepalive, TCP_USER_TIMEOUT)
  client_deadline,  ///< the client took too long to send
  write_deadline,   ///< the client took too long to receive
  handler_deadline, ///< the handler took too long to acknowledge or to answer
  protocol_error,   ///< the client broke the protocol
  limit_exceeded,   ///< the client passed a limit, e.g. of content
  answered,  ///< the response is complete without the handler (HEAD), or it went on after its end
  draining,  ///< the server is stopping
  no_memory, ///< the server could not get the memory to go on with the connection
};
inline constexpr std::size_t cancel_reasons = 11;

/// The name as it stands in the log, e.g. "peer_reset".
[[nodiscard]] constexpr std::string_view to_string(cancel_reason reason) noexcept {
  switch (reason) {
    case cancel_reason::peer_closed: return "peer_closed";
    case cancel_reason::peer_reset: return "peer_reset";
    case cancel_reason::peer_vanished: return "peer_vanished";
    case cancel_reason::client_deadline: return "client_deadline";
    case cancel_reason::write_deadline: return "write_deadline";
    case cancel_reason::handler_deadline: return "handler_deadline";
    case cancel_reason::protocol_error: return "protocol_error";
    case cancel_reason::limit_exceeded: return "limit_exceeded";
    case cancel_reason::answered: return "answered";
    case cancel_reason::draining: return "draining";
    case cancel_reason::no_memory: return "no_memory";
  }
  return "unknown";
}

} // namespace sluice

#pragma once

#include "sluice/actors/handler/route_limits.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/websocket/deflate_options.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace caf {
class actor;
class behavior;
class event_based_actor;
} // namespace caf

namespace sluice {

class exchange;
class web_socket;

/// Where a handler actor runs.
enum class placement : std::uint8_t {
  on_loop,  ///< on its connection's event loop: no thread hop; must not block
  pooled,   ///< on CAF's scheduler: for CPU work and short file I/O
  detached, ///< on a thread of its own: may block
};

/// A plain function: no actor is spawned. It runs on the event loop, gets no content, and must not
/// block.
using function_handler = std::function<response(const request&)>;
/// A coroutine that runs as an actor of its own, one for each request.
using exchange_handler = std::function<task(exchange&)>;
/// A coroutine that runs as an actor of its own, one for each WebSocket.
using web_socket_handler = std::function<task(web_socket&)>;

/// A plain function for a WebSocket, called with each of its messages: no actor is spawned. It runs
/// on the event loop and must not block. What it returns is sent to the client; nothing: there is
/// no answer. Its next call waits until the client has taken enough of the answers before.
using message_handler = std::function<std::optional<message>(const request& head,
                                                             const message& said)>;

/// A CAF actor with a behavior for the messages in actors/messages/messages.hpp; its replies are
/// the acknowledgements. `connection` takes the messages that a handler sends.
struct behavior_handler {
  std::function<caf::behavior(caf::event_based_actor* self, const request& head,
                              const caf::actor& connection)>
    make;
  /// Whether content comes at once, or only after a `read_content` message.
  bool demands_at_start = true;
};

/// Judges a request by its head, on the event loop, before anything is spawned: what it returns, or
/// throws as http_error, is the answer. It must not block.
using request_guard = std::function<std::optional<response>(const request&)>;

/// How a route handles a request: what to run, where, and within which limits.
struct endpoint {
  enum class protocol : std::uint8_t { http, web_socket };

  std::string route; ///< the pattern, for logs and metrics
  protocol speaks = protocol::http;
  std::variant<function_handler, exchange_handler, web_socket_handler, behavior_handler,
               message_handler>
    handler;
  placement where = placement::on_loop;
  route_limits limits;
  std::vector<request_guard> guards; ///< all must let the request pass; asked in order
  /// The WebSocket subprotocols that are accepted if the client offers them, the preferred one
  /// first.
  std::vector<std::string> subprotocols;
  /// How WebSocket messages are compressed if the client offers permessage-deflate. Absent: never
  std::optional<websocket::deflate_options> deflate;
};

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/close_code.hpp"
#include "sluice/protocol/websocket/message_kind.hpp"

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace caf {
class actor_system_config;
}

// What a connection (the socket actor) and its handler say to each other. Every message is a
// self-contained value that CAF can serialise, so that a handler may live on another node. A
// request in the sense of CAF is answered by an empty message, the acknowledgement, or by a
// caf::error.

namespace sluice {

using websocket::close_code;
using websocket::message_kind;

// -- from the connection to the handler --------------------------------------

/// A piece of request content; a request. The response acknowledges it: only then comes the next.
struct chunk {
  octets content;
};

/// A WebSocket message, or with route_limits::message_part a part of one; a request, acknowledged
/// like a chunk.
struct message {
  message() = default;
  // Not an aggregate: g++ 12 destroys one twice that is made in braces inside a co_await.
  message(message_kind how, octets what, bool last = true) noexcept
    : kind{how}, content{std::move(what)}, is_last{last} {}

  message_kind kind = message_kind::binary;
  octets content;
  bool is_last = true; ///< false for every part but the last

  [[nodiscard]] std::size_t size() const noexcept { return content.size(); }
  [[nodiscard]] std::string_view text() const noexcept { return content.text(); }
};

/// The content is complete and every chunk acknowledged; sent once, with high priority (S4).
struct end_of_content {
  fields trailers;
};

/// The client closed the WebSocket, and every message before is acknowledged; sent once, with high
/// priority (S38). The client's Close is answered when the handler ends: what it sends until then
/// leaves before. A behavior without a clause for this ends with it.
struct closed {
  std::uint16_t code = 1005; ///< 1005: the Close carried no code
  std::string reason;
};

/// The connection has no more use for the handler: it is to end now. Sent once, with high priority;
/// overtakes a pending chunk or message (S44).
struct cancelled {
  cancel_reason reason = cancel_reason::peer_closed;
};

/// The server is stopping, and waits for this handler until its drain deadline: it is to come to its
/// end. Sent once, with high priority, to a handler that has sent `expect_stop`.
struct draining {};

// -- from the handler to the connection --------------------------------------

/// The first demand for content: sends 100 Continue where the client waits for it (S16), and lets
/// chunks come. Later demands are the acknowledgements. A behavior handler need not send it.
struct read_content {};

/// The handler wants to be told when the server stops: it is sent `draining`, then or at once. A
/// WebSocket whose handler has sent this gets no Close, and a response of events no end, until the
/// handler ends; else both end when the server stops (S59).
struct expect_stop {};

/// A whole response; a request, answered when its octets have left for the kernel (S49).
struct respond {
  response whole;
};

/// The head of a response whose content follows piece by piece; a request. Answered at once, so
/// that the head leaves with what is sent right after it (S51).
struct begin_response {
  sluice::status status = sluice::status::ok;
  sluice::fields fields;
  std::optional<std::uint64_t> length; ///< octets of content to come, if known
  /// The content is events (server-sent events), one after the other in whole pieces, until somebody
  /// has enough. The handler may be silent; a client that has shut down its side is gone.
  bool is_feed = false;
  /// In a feed: so long after what was sent last a comment is sent, which clients ignore; zero: none
  duration heartbeat{};
};

/// A piece of response content; a request, answered when its octets have left for the kernel.
struct response_content {
  octets content;
};

/// The explicit end of a response: without it the client sees truncation (S50); a request.
struct end_response {
  fields trailers;
};

/// A WebSocket message to the client; a request, answered when its octets have left for the kernel.
/// A coroutine handler accepts it from any actor and passes it on, by its route's slow-consumer
/// policy.
struct send_message {
  message content;
};

/// Starts the closing handshake; a request, answered when the Close has left for the kernel.
struct send_close {
  close_code code = close_code::normal;
  std::string reason; ///< at most 123 octets of UTF-8
};

/// Why the connection refused what a handler asked for. The category is "sluice".
enum class refusal : std::uint8_t {
  not_current = 1,  ///< the sender is not this connection's handler, or its exchange is over
  already_answered, ///< a second head, or anything after the end of the response
  not_begun,        ///< content or an end before a head
  output_full,      ///< more unsent octets than settings::output_cap: wait for the acknowledgements
  malformed, ///< a status or field that HTTP has no form for, or that would split the response
  length_mismatch, ///< more or less content than was declared
  wrong_protocol,  ///< a WebSocket message on HTTP, or the other way round
  close_sent,      ///< a message after the Close
};

/// A sentence for a person.
[[nodiscard]] std::string_view to_string(refusal value) noexcept;
/// The name, e.g. "output_full".
[[nodiscard]] std::string_view name_of(refusal value) noexcept;
[[nodiscard]] caf::error make_error(refusal value);
/// The refusal that `error` carries, if it is one.
[[nodiscard]] std::optional<refusal> refusal_of(const caf::error& error) noexcept;

/// Registers every message with CAF. Call it before the actor system starts.
void add_message_types(caf::actor_system_config& config);

// -- for CAF's serialisation --------------------------------------------------

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, octets& x) {
  std::string text{x.text()};
  if constexpr (Inspector::reads_state) {
    return f(text);
  } else {
    auto store = [&]() -> caf::error {
      x = octets{std::string_view{text}};
      return caf::none;
    };
    return f(text, caf::meta::load_callback(store));
  }
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, chunk& x) {
  return f(x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, message& x) {
  return f(x.kind, x.content, x.is_last);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, end_of_content& x) {
  return f(x.trailers);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, closed& x) {
  return f(x.code, x.reason);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancelled& x) {
  return f(x.reason);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_content&) {
  return f();
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, draining&) {
  return f();
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, expect_stop&) {
  return f();
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, response& x) {
  return f(x.status, x.fields, x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, trace_parent& x) {
  return f(x.trace_high, x.trace_low, x.parent, x.flags);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, request_trace& x) {
  return f(x.request_id, x.caused_by, x.state);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, respond& x) {
  return f(x.whole);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, begin_response& x) {
  auto is_known = x.length.has_value();
  auto length = x.length.value_or(0);
  auto heartbeat = static_cast<std::int64_t>(x.heartbeat.count());
  if constexpr (Inspector::reads_state) {
    return f(x.status, x.fields, is_known, length, x.is_feed, heartbeat);
  } else {
    auto store = [&]() -> caf::error {
      x.length = is_known ? std::optional{length} : std::nullopt;
      x.heartbeat = duration{heartbeat};
      return caf::none;
    };
    return f(x.status, x.fields, is_known, length, x.is_feed, heartbeat,
             caf::meta::load_callback(store));
  }
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, response_content& x) {
  return f(x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, end_response& x) {
  return f(x.trailers);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, send_message& x) {
  return f(x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, send_close& x) {
  return f(x.code, x.reason);
}

} // namespace sluice

#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/protocol/http/parameter.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// What a route may be told beside its handler; chain what you need:
/// `routes.post("/upload", receive).pooled().content_limit(1 << 30);`
class route_options {
public:
  explicit route_options(endpoint& target) noexcept : target_{&target} {}

  /// Runs the handler actor on CAF's thread pool. Not for a plain function, which runs on the event
  /// loop.
  route_options& pooled();
  /// Runs the handler actor on a thread of its own: it may block. Not for a plain function.
  route_options& detached();
  /// Replaces all limits at once.
  route_options& limits(route_limits own);
  /// The route parameter `name` is to be a T: a request with another value is answered 400 before
  /// the handler runs. Throws std::invalid_argument if the pattern has no such parameter.
  template <class T>
  route_options& param(std::string_view name) {
    return check_param(name, &reads<T>);
  }
  /// The query parameter `name`, if it is there, is to be a T: else 400 before the handler runs.
  template <class T>
  route_options& query(std::string_view name) {
    return check_query(name, &reads<T>);
  }
  /// Judges requests before the handler is spawned: see request_guard.
  route_options& guard(request_guard judge);
  /// Most octets of request content; past it 413.
  route_options& content_limit(std::uint64_t octets);
  /// Most octets of a WebSocket message; past it 1009.
  route_options& message_limit(std::size_t octets);
  /// Delivers WebSocket messages in parts of at most this many octets.
  route_options& message_parts(std::size_t octets);
  /// How long the handler may take to acknowledge or to answer; zero: as long as it likes.
  route_options& handler_deadline(duration length);
  /// The client's credit while content is wanted; zero: it may take as long as it likes.
  route_options& content_deadline(duration length);
  /// Octets a second that refill the client's credit; 0: any octet refills all of it.
  route_options& content_rate(std::uint64_t octets_a_second);
  /// The client's credit while output waits; zero: it may take as long as it likes.
  route_options& write_deadline(duration length);
  /// Octets a second that refill that credit; 0: any octet refills all of it.
  route_options& write_rate(std::uint64_t octets_a_second);
  /// How long the client may take to answer our Close; zero: as long as it likes.
  route_options& close_deadline(duration length);
  /// How long the handler may live on after it was cancelled; zero: as long as it likes.
  route_options& cancel_grace(duration length);
  /// How often a stalled client is probed: a WebSocket with a Ping, an HTTP/1.1 client with an
  /// interim 102 if `probe_http` says so; zero: never.
  route_options& stall_probe(duration interval);
  /// Which stalled HTTP/1.1 requests are probed.
  route_options& probe_http(http_probe which = http_probe::always);
  /// What a client that shuts down its side after a complete request is taken for.
  route_options& on_half_close(half_close policy);
  /// What happens to messages of other actors for a slow WebSocket client.
  route_options& on_slow_consumer(slow_consumer policy, std::size_t capacity);
  /// A WebSocket subprotocol that is accepted if the client offers it, spelled so. Call it for each
  /// of several, the preferred one first; request::subprotocol and web_socket::subprotocol say
  /// which was chosen. A client that offers none of them is accepted without.
  route_options& subprotocol(std::string_view name);
  /// Compresses WebSocket messages both ways for clients that offer permessage-deflate (RFC 7692);
  /// off unless this is called. Limits hold for messages once they are inflated. Each connection
  /// takes up to websocket::deflate_memory(how) octets more, 308 KiB by default: smaller windows
  /// and no context takeover need less. Compressing runs on the event loop.
  route_options& deflate(const websocket::deflate_options& how = {});

private:
  using reader = bool (*)(std::string_view);
  template <class T>
  static bool reads(std::string_view text) {
    return parameter_reader<T>::read(text).has_value();
  }
  route_options& check_param(std::string_view name, reader can_read);
  route_options& check_query(std::string_view name, reader can_read);

  endpoint* target_;
};

} // namespace sluice

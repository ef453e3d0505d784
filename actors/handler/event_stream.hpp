#pragma once

#include "sluice/actors/handler/context.hpp"
#include "sluice/protocol/http/server_event.hpp"

#include <string_view>

namespace sluice {

class exchange;

/// A response of server-sent events: see exchange::events. A handler that waits for each `send`
/// slows down with its client. The client reconnects unless the handler's route says 204.
///
///     auto events = http.events();
///     co_await events.send(sluice::server_event{"17 degrees"});
class event_stream {
public:
  explicit event_stream(exchange& http) noexcept : http_{&http} {}

  pending_answer send(const server_event& event);
  /// A line that clients ignore: keeps proxies from closing a silent stream.
  pending_answer comment(std::string_view text);
  /// Ends the response.
  pending_answer finish();

private:
  exchange* http_;
};

} // namespace sluice

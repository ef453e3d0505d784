#include "sluice/actors/handler/event_stream.hpp"

#include "sluice/actors/handler/exchange.hpp"

namespace sluice {

event_stream::event_stream(exchange& http) : http_{&http} {
  // Not awaited: the head leaves with the first event, or at the end of the handler's turn. If it
  // is refused, so is what follows.
  [[maybe_unused]] const auto head = http.begin(
    status::ok, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}});
}

pending_answer event_stream::send(const server_event& event) {
  return http_->send(format(event));
}

pending_answer event_stream::comment(std::string_view text) {
  return http_->send(format_comment(text));
}

pending_answer event_stream::finish() {
  return http_->finish();
}

} // namespace sluice

#include "sluice/actors/handler/event_stream.hpp"

#include "sluice/actors/handler/exchange.hpp"

namespace sluice {

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

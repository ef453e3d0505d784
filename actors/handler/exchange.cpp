#include "sluice/actors/handler/exchange.hpp"

#include "sluice/actors/handler/exchange_actor.hpp"

namespace sluice {

exchange::exchange(exchange_actor& self) noexcept : context{self}, self_{&self}, content_{self} {}

pending_answer exchange::respond(response whole) {
  return {*self_, self_->send_part(sluice::respond{std::move(whole)})};
}

pending_answer exchange::respond(status code, std::string content) {
  return respond(text(std::move(content), code));
}

pending_answer exchange::begin(status code, fields head, std::optional<std::uint64_t> length) {
  return {*self_, self_->send_part(
                    begin_response{.status = code, .fields = std::move(head), .length = length})};
}

pending_answer exchange::send(octets piece) {
  return {*self_, self_->ask_connection(response_content{std::move(piece)})};
}

pending_answer exchange::send(std::string_view piece) {
  return send(octets{piece});
}

pending_answer exchange::finish(fields trailers) {
  return {*self_, self_->send_part(end_response{std::move(trailers)})};
}

event_stream exchange::events(duration heartbeat) {
  begin_response head;
  head.fields = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
  head.is_feed = true;
  head.heartbeat = heartbeat;
  // Not awaited: the head leaves with the first event, or at the end of the handler's turn. If it
  // is refused, so is what follows.
  [[maybe_unused]] const pending_answer sent{*self_, self_->send_part(std::move(head))};
  return event_stream{*this};
}

fields& exchange::response_fields() noexcept {
  return self_->response_fields();
}

bool exchange::has_begun() const noexcept {
  return self_->has_begun();
}

} // namespace sluice

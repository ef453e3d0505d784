#include "actors/handler/exchange.hpp"

#include "actors/handler/coroutine_actor.hpp"

namespace sluice {

handler_fault::handler_fault(refusal why)
  : std::logic_error{std::string{to_string(why)}}, why_{why} {}

bool pending_answer::await_ready() const noexcept {
  return self_->is_answered(ticket_);
}

void pending_answer::await_suspend(std::coroutine_handle<> waiting) const noexcept {
  self_->wait_for(ticket_, waiting);
}

void pending_answer::await_resume() const {
  self_->take_answer(ticket_);
}

bool pending_chunk::await_ready() const noexcept {
  return self_->has_chunk();
}

void pending_chunk::await_suspend(std::coroutine_handle<> waiting) const noexcept {
  self_->wait_for_data(waiting);
}

std::optional<octets> pending_chunk::await_resume() const {
  return self_->take_chunk();
}

pending_chunk content_reader::next() {
  self_->demand_chunk();
  return pending_chunk{*self_};
}

const fields& content_reader::trailers() const noexcept {
  return self_->trailers();
}

const request& exchange::request() const noexcept {
  return self_->head();
}

std::string_view exchange::param(std::string_view name) const noexcept {
  return self_->head().param(name);
}

pending_answer exchange::respond(response whole) {
  self_->note_answered();
  return {*self_, self_->ask_connection(sluice::respond{std::move(whole)})};
}

pending_answer exchange::respond(status code, std::string content) {
  return respond(text(std::move(content), code));
}

pending_answer exchange::begin(status code, fields head, std::optional<std::uint64_t> length) {
  return {*self_, self_->ask_connection(begin_response{code, std::move(head), length})};
}

pending_answer exchange::send(octets piece) {
  return {*self_, self_->ask_connection(response_content{std::move(piece)})};
}

pending_answer exchange::send(std::string_view piece) {
  return send(octets{piece});
}

pending_answer exchange::finish(fields trailers) {
  self_->note_answered();
  return {*self_, self_->ask_connection(end_response{std::move(trailers)})};
}

pending_answer exchange::delay(duration length) {
  return {*self_, self_->start_delay(length)};
}

caf::event_based_actor& exchange::self() noexcept {
  return *self_;
}

} // namespace sluice

#include "actors/handler/web_socket.hpp"

#include "actors/handler/coroutine_actor.hpp"

namespace sluice {

bool pending_message::await_ready() const noexcept {
  return self_->has_message();
}

void pending_message::await_suspend(std::coroutine_handle<> waiting) const noexcept {
  self_->wait_for_data(waiting);
}

std::optional<message> pending_message::await_resume() const {
  return self_->take_message();
}

const request& web_socket::request() const noexcept {
  return self_->head();
}

std::string_view web_socket::param(std::string_view name) const noexcept {
  return self_->head().param(name);
}

pending_message web_socket::next() {
  self_->demand_message();
  return pending_message{*self_};
}

pending_answer web_socket::send(message content) {
  return {*self_, self_->send_own(std::move(content))};
}

pending_answer web_socket::send_text(std::string_view text) {
  return send({message_kind::text, octets{text}, true});
}

pending_answer web_socket::send_binary(octets content) {
  return send({message_kind::binary, std::move(content), true});
}

pending_answer web_socket::close(close_code code, std::string reason) {
  return {*self_, self_->ask_connection(send_close{code, std::move(reason)})};
}

const std::optional<closed>& web_socket::close_event() const noexcept {
  return self_->close_event();
}

pending_answer web_socket::delay(duration length) {
  return {*self_, self_->start_delay(length)};
}

caf::event_based_actor& web_socket::self() noexcept {
  return *self_;
}

} // namespace sluice

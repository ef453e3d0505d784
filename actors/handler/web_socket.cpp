#include "sluice/actors/handler/web_socket.hpp"

#include "sluice/actors/handler/web_socket_actor.hpp"

namespace sluice {

pending_message::pending_message(web_socket_actor& self) noexcept : awaitable{self}, self_{&self} {}

bool pending_message::is_ready() const noexcept {
  return self_->has_message();
}

std::optional<message> pending_message::await_resume() const {
  return self_->take_message();
}

web_socket::web_socket(web_socket_actor& self) noexcept : context{self}, self_{&self} {}

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

} // namespace sluice

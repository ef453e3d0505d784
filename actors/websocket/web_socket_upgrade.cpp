#include "sluice/actors/websocket/web_socket_upgrade.hpp"

#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/websocket/web_socket_conversation.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <utility>

namespace sluice {

web_socket_upgrade::web_socket_upgrade(const endpoint& target, request& head, bool is_draining)
  : target_{target}, head_{head} {
  if (const auto error = websocket::check_handshake(head)) {
    const auto code = static_cast<status>(suggested_status(error));
    refusal_ = problem_response(code, error.message());
    if (code == status::upgrade_required)
      refusal_->fields.add("Upgrade", "websocket").add("Sec-WebSocket-Version", "13");
  } else if (is_draining) {
    refusal_ = problem_response(status::service_unavailable, "The server is stopping.");
  } else {
    head.subprotocol = websocket::choose_subprotocol(head, target.subprotocols);
    if (target.deflate)
      deflate_ = websocket::negotiate_deflate(head.fields, *target.deflate);
  }
}

std::optional<response> web_socket_upgrade::take_refusal() {
  return std::exchange(refusal_, std::nullopt);
}

std::string web_socket_upgrade::response_head(std::string_view date) const {
  return websocket::accept_response(head_, head_.subprotocol, date,
                                    deflate_ ? deflate_->response : std::string_view{});
}

std::unique_ptr<web_socket_conversation> web_socket_upgrade::start(connection& on) {
  auto made = std::make_unique<web_socket_conversation>(
    on, target_, deflate_ ? std::optional{deflate_->terms} : std::nullopt);
  made->start(request{head_}); // a copy takes no more memory than it needs, for a long time
  return made;
}

} // namespace sluice

#pragma once

#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/websocket/deflate_negotiation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class connection;
class web_socket_conversation;
struct endpoint;

/// A request to become a WebSocket: judged when it is made, then refused or opened. RFC 6455 sec.
/// 4.2
class web_socket_upgrade {
public:
  /// `target`: the route that it is for, which outlives the WebSocket; `head`: outlives this;
  /// `is_draining`: the server is stopping, and takes no more.
  web_socket_upgrade(const endpoint& target, request& head, bool is_draining);

  /// Why it is not opened; nothing if it may be.
  [[nodiscard]] std::optional<response> take_refusal();
  /// The 101 that opens it. @pre it was not refused
  [[nodiscard]] std::string response_head(std::string_view date) const;
  /// The WebSocket, with its handler started, to which the head goes. Throws std::system_error if
  /// the handler needs a thread and there is none. @pre it was not refused
  [[nodiscard]] std::unique_ptr<web_socket_conversation> start(connection& on);

private:
  const endpoint& target_;
  request& head_;
  std::optional<response> refusal_;
  std::optional<websocket::deflate_agreement> deflate_;
};

} // namespace sluice

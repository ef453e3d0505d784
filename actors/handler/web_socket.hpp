#pragma once

#include "sluice/actors/handler/context.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class web_socket_actor;

/// Waits for the next message.
class [[nodiscard]] pending_message final : public awaitable {
public:
  explicit pending_message(web_socket_actor& self) noexcept;
  [[nodiscard]] bool is_ready() const noexcept override;
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::message; }
  [[nodiscard]] std::optional<message> await_resume() const;

private:
  web_socket_actor* self_;
};

/// One WebSocket, seen from a coroutine handler. Other actors reach the client by sending
/// `send_message`, with a whole message, to the handler's actor: the route's push_policy says what
/// happens when the client is slower than they are. Between the parts of a message of the handler's
/// own such messages wait. What other actors send otherwise is for an inbox.
class web_socket : public context {
public:
  explicit web_socket(web_socket_actor& self) noexcept;

  /// The subprotocol that was chosen: see route_options::subprotocol. Empty when there is none.
  [[nodiscard]] std::string_view subprotocol() const noexcept { return request().subprotocol; }

  /// The next message; nothing once the client has closed. Acknowledges the message before: until
  /// the next call the client is not read from, past the look-ahead. If the connection breaks, the
  /// handler is cancelled instead. The client's Close is answered when the handler ends, or at
  /// settings::close_deadline: what is sent until then leaves before it.
  pending_message next();

  /// Sends a message, or with `is_last` false a part of one, whose other parts are to follow and of
  /// the same kind; resumes once the kernel has it.
  pending_answer send(message content);
  /// Sends a text message. @pre `text` is UTF-8
  pending_answer send_text(std::string_view text);
  pending_answer send_binary(octets content);

  /// Starts the closing handshake. A handler that returns without it closes with 1000.
  pending_answer close(close_code code = close_code::normal, std::string reason = {});

  /// The client's Close, once `next` has returned nothing.
  [[nodiscard]] const std::optional<closed>& close_event() const noexcept;

private:
  web_socket_actor* self_;
};

} // namespace sluice

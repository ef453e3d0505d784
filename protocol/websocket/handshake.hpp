#pragma once

#include "sluice/protocol/http/message.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sluice::websocket {

/// Whether the request asks to become a WebSocket: Upgrade lists "websocket" and Connection lists
/// "upgrade". Never in HTTP/1.0, whose Upgrade is ignored: RFC 9110 sec. 7.8
[[nodiscard]] bool asks_for_websocket(const request& head) noexcept;

/// Checks an opening handshake. Errors: errc::upgrade_*; empty when it can be accepted.
/// Source: RFC 6455 sec. 4.2.1
[[nodiscard]] std::error_code check_handshake(const request& head);

/// The subprotocols that Sec-WebSocket-Protocol offers, in the client's order; they view the head.
/// @returns nothing when it is malformed: when it is there and offers none, one that is no token,
/// or one twice. RFC 6455 sec. 4.1, 11.3.4
[[nodiscard]] std::optional<std::vector<std::string_view>> offered_subprotocols(
  const request& head);

/// The first of `known` that `head` offers, compared octet by octet; empty when it offers none.
/// RFC 6455 sec. 4.2.2
[[nodiscard]] std::string_view choose_subprotocol(const request& head,
                                                  std::span<const std::string> known);

/// Sec-WebSocket-Accept for a valid key. RFC 6455 sec. 4.2.2
[[nodiscard]] std::string accept_value(std::string_view key);

/// The 101 response head, complete; `protocol` names the chosen subprotocol, or is empty, and so
/// does `extensions` with what was agreed (deflate_agreement::response).
/// @pre check_handshake(head) found no error
[[nodiscard]] std::string accept_response(const request& head, std::string_view protocol,
                                          std::string_view date, std::string_view extensions = {});

} // namespace sluice::websocket

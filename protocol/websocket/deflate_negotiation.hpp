#pragma once

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/websocket/deflate_options.hpp"

#include <optional>
#include <string>

namespace sluice::websocket {

/// permessage-deflate as client and server agreed on it.
struct deflate_agreement {
  deflate_options terms; ///< the route's options, with what was negotiated
  std::string response;  ///< the value of Sec-WebSocket-Extensions in the 101
};

/// Agrees on the first offer in `head`'s Sec-WebSocket-Extensions that `own` can accept; none when
/// there is none. An offer with an unknown, repeated or malformed parameter is passed over, and so
/// is one that asks for server_max_window_bits=8, which zlib can't do. Source: RFC 7692 sec. 5, 7.1
/// @pre fault_of(own) is empty
[[nodiscard]] std::optional<deflate_agreement> negotiate_deflate(const fields& head,
                                                                 const deflate_options& own);

} // namespace sluice::websocket

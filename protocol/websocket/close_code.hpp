#pragma once

#include <cstdint>

namespace sluice::websocket {

/// Close codes that a server sends. RFC 6455 sec. 7.4.1
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005, ///< never on the wire: the Close carried no code
  abnormal = 1006,  ///< never on the wire: there was no Close
  invalid_data = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  internal_error = 1011,
  try_again_later = 1013,
};

/// Whether `code` may stand in a Close frame: 1000-1003, 1007-1014, 3000-4999. RFC 6455 sec. 7.4
[[nodiscard]] constexpr bool is_sendable(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

} // namespace sluice::websocket

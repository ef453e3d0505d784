#pragma once

#include <cstdint>

namespace sluice::websocket {

/// What a message is. RFC 6455 sec. 5.6
enum class message_kind : std::uint8_t { text, binary };

} // namespace sluice::websocket

#pragma once

#include "sluice/protocol/websocket/internal/frame_header.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::websocket::internal {

/// Appends an unmasked control frame; of `payload` at most 125 octets are sent. RFC 6455 sec. 5.5
void append_control(std::string& out, opcode code, std::string_view payload);

/// Appends a Close. `reason` is cut to 123 octets, between characters.
/// A code that may not be sent stands for none: 1005 is a Close without code and reason. RFC 6455
/// sec. 7.4.1
void append_close(std::string& out, std::uint16_t code, std::string_view reason);

} // namespace sluice::websocket::internal

#pragma once

#include "sluice/protocol/websocket/message_kind.hpp"

#include <cstdint>
#include <string>

namespace sluice::websocket {

/// Whether a message is compressed.
enum class compression : std::uint8_t { none, deflate };

/// The header of an outgoing, unmasked data frame: 2, 4 or 10 octets. RFC 6455 sec. 5.2
/// `is_first`: carries the opcode of `kind`, and RSV1 if the message is compressed (RFC 7692
/// sec. 6); later fragments are continuation frames.
[[nodiscard]] std::string data_frame_header(message_kind kind, bool is_first, bool is_last,
                                            std::uint64_t size,
                                            compression how = compression::none);

} // namespace sluice::websocket

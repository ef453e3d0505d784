#include "sluice/protocol/websocket/frame.hpp"

#include "sluice/protocol/websocket/internal/frame_header.hpp"

namespace sluice::websocket {

using internal::frame_header;
using internal::opcode;

std::string data_frame_header(message_kind kind, bool is_first, bool is_last, std::uint64_t size,
                              compression how) {
  const auto code = !is_first ? opcode::continuation
                              : (kind == message_kind::text ? opcode::text : opcode::binary);
  const auto rsv1 = is_first && how == compression::deflate
                      ? std::to_integer<unsigned>(frame_header::rsv1_bit)
                      : 0U;
  const auto octet = [](std::uint64_t value) { return static_cast<char>(value & 0xffU); };
  const auto first = octet((is_last ? 0x80U : 0U) | rsv1 | static_cast<unsigned>(code));
  if (size <= 125)
    return {first, octet(size)};
  if (size <= 0xffff)
    return {first, octet(126), octet(size >> 8U), octet(size)};
  std::string header{first, octet(127)};
  for (auto shift = 64U; shift > 0; shift -= 8)
    header += octet(size >> (shift - 8));
  return header;
}

} // namespace sluice::websocket

#include "tests/fuzz/frames.hpp"

#include <utility>

namespace sluice::fuzz {

namespace {

unsigned octet(octet_view octets, std::size_t at) noexcept {
  return std::to_integer<unsigned>(octets[at]);
}

/// RFC 6455 sec. 7.4, and the codes registered after it.
bool may_be_sent(unsigned code) noexcept {
  switch (code) {
    case 1004:
    case 1005:
    case 1006:
    case 1015: return false;
    default: return (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
  }
}

} // namespace

std::optional<frame> read_frame(octet_view octets) {
  if (octets.size() < 2)
    return std::nullopt;
  frame result;
  result.is_final = octet(octets, 0) >> 7U != 0;
  result.rsv = octet(octets, 0) >> 4U & 7U;
  result.opcode = octet(octets, 0) & 0x0fU;
  result.is_masked = octet(octets, 1) >> 7U != 0;
  std::uint64_t length = octet(octets, 1) & 0x7fU;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  const auto head = 2 + extended + (result.is_masked ? 4U : 0U);
  if (octets.size() < head)
    return std::nullopt;
  if (extended > 0) {
    length = 0;
    for (std::size_t i = 0; i < extended; ++i)
      length = length << 8U | octet(octets, 2 + i);
  }
  result.is_shortest = extended == 0 || (extended == 2 ? length > 125 : length > 0xffff);
  if (length > octets.size() - head)
    return std::nullopt;
  result.payload = as_text(octets.subspan(head, static_cast<std::size_t>(length)));
  if (result.is_masked)
    for (std::size_t i = 0; i < result.payload.size(); ++i)
      result.payload[i] = static_cast<char>(static_cast<unsigned char>(result.payload[i])
                                            ^ octet(octets, head - 4 + i % 4));
  result.size = head + result.payload.size();
  return result;
}

bool is_plainly_utf8(std::string_view text) noexcept {
  constexpr std::uint32_t first_of_length[] = {0, 0, 0x80, 0x800, 0x10000};
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0x80               ? 1
                               : (lead & 0xe0U) == 0xc0U ? 2
                               : (lead & 0xf0U) == 0xe0U ? 3
                               : (lead & 0xf8U) == 0xf0U ? 4
                                                         : 0;
    if (length == 0 || length > text.size())
      return false;
    std::uint32_t character = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0U) != 0x80)
        return false;
      character = character << 6U | (next & 0x3fU);
    }
    if (character < first_of_length[length] || character > 0x10ffff
        || (character >= 0xd800 && character <= 0xdfff))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

unsigned code_in(const frame& close) noexcept {
  if (close.payload.size() < 2)
    return 1005;
  return static_cast<unsigned>(static_cast<unsigned char>(close.payload[0])) << 8U
         | static_cast<unsigned char>(close.payload[1]);
}

std::string control_output::add(std::string_view octets) {
  std::string text;
  while (!octets.empty()) {
    require(!is_closed_, "nothing is sent after a Close");
    const auto sent = read_frame(as_octets(octets));
    require(sent.has_value(), "a frame is sent whole");
    octets.remove_prefix(sent->size);
    require(sent->is_final && sent->rsv == 0 && !sent->is_masked, "a control frame is plain");
    require(sent->payload.size() <= 125, "a control frame has at most 125 octets");
    switch (sent->opcode) {
      case 0x8: {
        is_closed_ = true;
        const auto code = code_in(*sent);
        require(sent->payload.size() != 1, "a Close has no half code");
        require(sent->payload.empty() || may_be_sent(code), "a Close has a code that may be sent");
        require(sent->payload.empty() || is_plainly_utf8(std::string_view{sent->payload}.substr(2)),
                "the reason of a Close is UTF-8");
        text += "> close " + std::to_string(code) + "\n";
        break;
      }
      case 0x9: text += "> ping " + sent->payload + "\n"; break;
      case 0xa: text += "> pong " + sent->payload + "\n"; break;
      default: fail("only control frames are sent");
    }
  }
  return text;
}

} // namespace sluice::fuzz

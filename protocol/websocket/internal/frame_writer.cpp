#include "sluice/protocol/websocket/internal/frame_writer.hpp"

#include "sluice/protocol/websocket/session.hpp"

namespace sluice::websocket::internal {
namespace {

constexpr std::size_t max_reason = max_control_payload - 2;

/// The longest beginning of `text` that has at most `limit` octets and does not cut a character.
std::string_view truncated(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit)
    return text;
  const auto is_inside_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
  };
  while (limit > 0 && is_inside_character(limit))
    --limit;
  return text.substr(0, limit);
}

} // namespace

void append_control(std::string& out, opcode code, std::string_view payload) {
  payload = payload.substr(0, max_control_payload);
  out += static_cast<char>(0x80U | static_cast<unsigned>(code));
  out += static_cast<char>(payload.size());
  out += payload;
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (is_sendable(code)) {
    payload += static_cast<char>(code >> 8U);
    payload += static_cast<char>(code & 0xffU);
    payload += truncated(reason, max_reason);
  }
  append_control(out, opcode::close, payload);
}

} // namespace sluice::websocket::internal

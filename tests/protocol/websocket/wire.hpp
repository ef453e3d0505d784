#pragma once

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the WebSocket tests share: octets written literally, a client's frames, and the events of a
/// session as text.
namespace sluice::websocket::wire {

/// The octets that `digits` spells, e.g. "81 05 48".
inline std::string from_hex(std::string_view digits) {
  std::string octets;
  std::string pair;
  for (const char c : digits) {
    if (c == ' ')
      continue;
    pair += c;
    if (pair.size() == 2) {
      octets += static_cast<char>(std::stoi(pair, nullptr, 16));
      pair.clear();
    }
  }
  return octets;
}

inline std::string to_hex(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : octets) {
    const auto value = static_cast<unsigned char>(c);
    if (!text.empty())
      text += ' ';
    text += digits[value >> 4U];
    text += digits[value & 0x0fU];
  }
  return text;
}

/// The shortest form of `size`, with the mask bit set.
inline std::string masked_length(std::uint64_t size) {
  std::string length;
  const auto extended = size <= 125 ? 0 : size <= 0xffff ? 2 : 8;
  length += static_cast<char>(0x80U | (extended == 0 ? size : extended == 2 ? 126U : 127U));
  for (int left = extended; left > 0; --left)
    length += static_cast<char>(size >> (8U * static_cast<unsigned>(left - 1)) & 0xffU);
  return length;
}

/// A client's frame: FIN, RSV and opcode in `first`; masked with the key of RFC 6455 sec. 5.7.
inline std::string frame(unsigned first, std::string_view payload) {
  const std::string key = from_hex("37 fa 21 3d");
  std::string out;
  out += static_cast<char>(first);
  out += masked_length(payload.size()) + key;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  return out;
}

/// A client's Close with `code` and `reason`.
inline std::string close_frame(unsigned code, std::string_view reason = {}) {
  std::string payload;
  payload += static_cast<char>(code >> 8U);
  payload += static_cast<char>(code & 0xffU);
  payload += reason;
  return frame(0x88, payload);
}

inline std::string name_of(const std::error_code& error) {
  if (error == errc::frame_protocol_error)
    return "frame_protocol_error";
  if (error == errc::invalid_utf8)
    return "invalid_utf8";
  if (error == errc::message_too_big)
    return "message_too_big";
  if (error == errc::too_many_fragments)
    return "too_many_fragments";
  if (error == errc::corrupt_deflate)
    return "corrupt_deflate";
  if (error == errc::deflate_ratio)
    return "deflate_ratio";
  return "unexpected error";
}

/// One event and, after " > ", the control frames that came with it, and the Close that is owed for
/// it; e.g. "ping > 8a 00", "text part: He".
inline std::string describe(session& peer, const session::step& step) {
  std::string text;
  switch (step.event) {
    case session_event::none: text = "none"; break;
    case session_event::message: {
      const auto message = peer.take_message();
      text = message.kind == message_kind::text ? "text" : "binary";
      text += message.is_last ? ": " : " part: ";
      text += message.content.text();
      break;
    }
    case session_event::ping: text = "ping"; break;
    case session_event::pong: text = "pong"; break;
    case session_event::close:
      text = "close " + std::to_string(peer.received_code()) + ": ";
      text += peer.received_reason();
      break;
    case session_event::error: text = "error " + name_of(step.error); break;
  }
  if (step.event == session_event::close || step.event == session_event::error)
    peer.close_as_owed();
  if (peer.has_output())
    text += " > " + to_hex(peer.take_output());
  return text;
}

using events = std::vector<std::string>;

/// Feeds `input` until it is used up, and notes every event.
inline void feed(session& peer, std::string_view input, events& seen) {
  for (;;) {
    const auto step = peer.next(as_octets(input));
    input.remove_prefix(step.consumed);
    if (step.event == session_event::none)
      return;
    seen.push_back(describe(peer, step));
  }
}

/// The events of a new session for `input`, which comes in pieces of `piece` octets after a first
/// one of `cut`.
inline events events_of(std::string_view input, const limits& bounds = {},
                        std::size_t cut = std::string_view::npos,
                        std::size_t piece = std::string_view::npos) {
  session peer{bounds};
  events seen;
  feed(peer, input.substr(0, cut), seen);
  for (std::size_t at = cut; at < input.size(); at += std::min(piece, input.size() - at))
    feed(peer, input.substr(at, piece), seen);
  return seen;
}

/// Text for comparing whole conversations in one check.
inline std::string joined(const events& seen) {
  std::string text;
  for (const auto& event : seen)
    text += event + '\n';
  return text;
}

} // namespace sluice::websocket::wire

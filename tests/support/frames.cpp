#include "tests/support/frames.hpp"

namespace sluice::testing {

std::string client_frame(std::uint8_t first_octet, std::string_view payload) {
  std::string frame;
  frame.push_back(static_cast<char>(first_octet));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() < 65536) {
    frame.push_back(static_cast<char>(0x80 | 126));
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size() & 0xff));
  } else {
    frame.push_back(static_cast<char>(0x80 | 127));
    for (auto shift = 56; shift >= 0; shift -= 8)
      frame.push_back(
        static_cast<char>((static_cast<std::uint64_t>(payload.size()) >> shift) & 0xff));
  }
  frame.append(4, '\0');
  frame.append(payload);
  return frame;
}

std::string handshake(std::string_view target) {
  return "GET " + std::string{target}
         + " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

} // namespace sluice::testing

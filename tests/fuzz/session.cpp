// The same octets whole and in pieces give the same messages, control frames and refusals.

#include "protocol/websocket/session.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using sluice::websocket::session_event;

std::string transcript(sluice::octet_view input, std::size_t piece) {
  sluice::websocket::session peer{{.message = 4096}};
  std::string out;
  std::string control;
  while (!input.empty()) {
    const auto step = peer.next(input.first(std::min(piece, input.size())));
    input = input.subspan(step.consumed);
    control += peer.take_output();
    switch (step.event) {
      case session_event::none: break;
      case session_event::message:
        out += "message " + std::string{peer.take_message().content.text()} + '\n';
        break;
      case session_event::ping: out += "ping\n"; break;
      case session_event::pong: out += "pong\n"; break;
      case session_event::close:
        return out + "close " + std::to_string(peer.received_code()) + control;
      case session_event::error: return out + "error " + step.error.message() + control;
    }
  }
  return out + control;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span{data, size});
  const auto whole = transcript(input, std::max<std::size_t>(size, 1));
  for (const std::size_t piece : {1, 7})
    if (transcript(input, piece) != whole)
      std::abort();
  return 0;
}

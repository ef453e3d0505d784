// The same octets whole and in pieces give the same requests, content and refusals.

#include "protocol/http/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using sluice::http::request_event;

std::string transcript(sluice::octet_view input, std::size_t piece) {
  sluice::http::request_parser parser{sluice::http::limits{}};
  std::string out;
  std::string content;
  for (;;) {
    const auto step = parser.next(input.first(std::min(piece, input.size())));
    input = input.subspan(step.consumed);
    switch (step.event) {
      case request_event::none:
        if (input.empty())
          return out + content;
        break;
      case request_event::head: out += parser.take_head().target + '\n'; break;
      case request_event::content: content += sluice::as_text(step.content); break;
      case request_event::end:
        out += content + "\nend\n";
        content.clear();
        parser.restart();
        if (input.empty())
          return out;
        break;
      case request_event::error: return out + content + "\nerror " + step.error.message();
    }
  }
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

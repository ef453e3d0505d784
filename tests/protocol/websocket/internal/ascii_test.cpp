#include "sluice/protocol/websocket/internal/ascii.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::websocket::internal;

TEST_CASE("the first octet that is not ASCII is found at every place (S36)") {
  for (std::size_t size = 0; size < 600; size += size < 50 ? 1 : 13) {
    const std::string ascii(size, '\x7f');
    CAPTURE(size);
    CHECK(ascii_prefix(as_octets(ascii)) == size);
    for (std::size_t at = 0; at < size; ++at) {
      auto text = ascii;
      text[at] = '\x80';
      text.back() = '\xff'; // only the first counts
      CAPTURE(at);
      REQUIRE(ascii_prefix(as_octets(text)) == at);
    }
  }
}

TEST_CASE("what stands before and behind the text does not count (S36)") {
  for (std::size_t size = 0; size < 300; ++size) {
    const auto text = "\xff" + std::string(size, 'a') + "\xff";
    CAPTURE(size);
    CHECK(ascii_prefix(as_octets(text).subspan(1, size)) == size);
  }
}

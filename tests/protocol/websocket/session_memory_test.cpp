#include "tests/protocol/websocket/wire.hpp"
#include "tests/support/memory_allowance.hpp"

#include <doctest/doctest.h>

#include <new>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

TEST_CASE(
  "memory that is refused to a Pong or to a Close's reason is an exception, also behind C") {
  const std::string reason(120, 'r');
  for (const auto& input : {frame(0x89, reason), close_frame(1000, reason)}) {
    session peer{websocket::limits{}};
    events seen;
    feed(peer, frame(0x89, "x"), seen); // wslay has its own memory by now
    REQUIRE(seen.size() == 1);
    auto is_told = false;
    {
      const memory_allowance none{0};
      try {
        (void)peer.next(as_octets(input));
      } catch (const std::bad_alloc&) {
        is_told = true;
      }
    }
    CHECK(is_told);
  }
}

#include "tests/protocol/websocket/deflate_wire.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

const std::string violation = "error frame_protocol_error > 88 02 03 ea";
const std::string corrupt = "error corrupt_deflate > 88 02 03 ef";
const std::string not_utf8 = "error invalid_utf8 > 88 02 03 ef";

/// The events, which have to be the same whole and octet by octet.
events verdict_of(std::string_view input, const limits& bounds = {},
                  const deflate_options& terms = {}) {
  const auto whole = inflated_events_of(input, bounds, terms);
  CHECK(joined(inflated_events_of(input, bounds, terms, 1, 1)) == joined(whole));
  return whole;
}

} // namespace

TEST_CASE("RSV1 without permessage-deflate is 1002 (S36)") {
  CHECK(events_of(frame(0xc1, from_hex("f2 48 cd c9 c9 07 00"))) == events{violation});
}

TEST_CASE("RSV1 on a frame that begins no message is 1002 (RFC 7692 sec. 6)") {
  const auto payload = from_hex("f2 48 cd c9 c9 07 00");
  SUBCASE("a later fragment of a compressed message") {
    CHECK(verdict_of(frame(0x41, payload.substr(0, 3)) + frame(0xc0, payload.substr(3)))
          == events{violation});
    CHECK(verdict_of(frame(0x41, payload.substr(0, 3)) + frame(0x40, payload.substr(3)))
          == events{violation});
  }
  SUBCASE("a later fragment of a plain message") {
    CHECK(verdict_of(frame(0x01, "a") + frame(0xc0, "b")) == events{violation});
  }
  SUBCASE("control frames") {
    for (const unsigned first : {0xc8U, 0xc9U, 0xcaU})
      CHECK(verdict_of(frame(first, "")) == events{violation});
    CHECK(verdict_of(frame(0x41, payload.substr(0, 3)) + frame(0xc9, "")) == events{violation});
  }
  SUBCASE("a continuation of nothing") {
    CHECK(verdict_of(frame(0xc0, payload)) == events{violation});
  }
}

TEST_CASE("other reserved bits and opcodes stay refused (S36)") {
  for (const unsigned first : {0xa1U, 0x91U, 0xe1U, 0xd1U, 0xf2U, 0xc3U, 0xc7U, 0xcbU})
    CHECK(verdict_of(frame(first, "")) == events{violation});
}

TEST_CASE("a compressed message inside another is 1002 (RFC 6455 sec. 5.4)") {
  CHECK(verdict_of(frame(0x41, from_hex("f2 48 cd")) + frame(0xc1, from_hex("00")))
        == events{violation});
}

TEST_CASE("what is not DEFLATE is 1007 (RFC 7692 sec. 7.2.2)") {
  for (const std::string_view payload : {"07",             // a block of the type that is reserved
                                         "ff ff ff ff",    // the same
                                         "00 05 00 fa fe", // the length's complement is wrong
                                         "ff",             // no block ends
                                         "f2 48 cd",       // cut inside a block
                                         "00 05 00 fa ff 48 65", // cut inside a block without
                                                                 // compression
                                         "f2 00 11 00 00",       // refers to what was never sent
                                         "f2 48 cd c9 c9 07 00 07"}) {
    CAPTURE(payload);
    CHECK(verdict_of(frame(0xc2, from_hex(payload))) == events{corrupt});
  }
}

TEST_CASE(
  "a message that refers to one before it is 1007 without takeover (RFC 7692 sec. 7.1.1.2)") {
  deflate_options terms;
  terms.client_no_context_takeover = true;
  CHECK(verdict_of(frame(0xc1, from_hex("f2 48 cd c9 c9 07 00"))
                     + frame(0xc1, from_hex("f2 00 11 00 00")),
                   {}, terms)
        == events{"text: Hello", corrupt});
}

TEST_CASE("what was inflated before a fault is judged before it (S36)") {
  // A fault behind octets that are no UTF-8, behind a full part, behind a full message.
  const auto text = compressor{}.run("aaaa\xff", Z_SYNC_FLUSH) + from_hex("07");
  CHECK(verdict_of(frame(0xc1, text)) == events{not_utf8});
  CHECK(verdict_of(frame(0xc2, text), {10, 5, 64}) == events{"binary part: aaaa\xff", corrupt});
  CHECK(verdict_of(frame(0xc2, text), {5, 0, 64}) == events{corrupt});
  CHECK(verdict_of(frame(0xc2, text), {4, 0, 64}) == events{"error message_too_big > 88 02 03 f1"});
}

TEST_CASE("UTF-8 is checked on the inflated text (S36)") {
  CHECK(verdict_of(deflated("\xc3\xa4\xf0\x9f\x98\x80"))
        == events{"text: \xc3\xa4\xf0\x9f\x98\x80"});
  CHECK(verdict_of(deflated("a\xff")) == events{not_utf8});
  CHECK(verdict_of(deflated("a\xc3")) == events{not_utf8}); // cut off at the end
  CHECK(verdict_of(deflated("a\xff", 0xc2)) == events{"binary: a\xff"});
  compressor zlib;
  const auto payload = zlib.message(std::string(20'000, 'a') + "\xc3\xa4"
                                    + std::string(20'000, 'b'));
  CHECK(verdict_of(frame(0x41, payload.substr(0, 20)) + frame(0x80, payload.substr(20))).size()
        == 1);
  // The wire may hold anything.
  CHECK(verdict_of(frame(0xc1, compressor{}.message(std::string(300, 'z')))).size() == 1);
}

TEST_CASE("a fault ends the session and says so once (S35)") {
  CHECK(verdict_of(frame(0xc2, from_hex("07")) + frame(0x81, "more") + frame(0x89, ""))
        == events{corrupt});
}

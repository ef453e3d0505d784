#include "sluice/protocol/websocket/session.hpp"
#include "tests/protocol/websocket/wire.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

const limits ten{10, 0, 64};

} // namespace

TEST_CASE("a message of as many octets as the limit is accepted and one more is 1009 (S28)") {
  CHECK(events_of(frame(0x82, std::string(10, 'b')), ten) == events{"binary: bbbbbbbbbb"});
  CHECK(events_of(frame(0x82, std::string(11, 'b')), ten)
        == events{"error message_too_big > 88 02 03 f1"});
}

TEST_CASE("the message limit is judged on the frame header (S28)") {
  CHECK(events_of(from_hex("82 8a 37 fa 21 3d"), ten) == events{});
  CHECK(events_of(from_hex("82 8b 37 fa 21 3d"), ten)
        == events{"error message_too_big > 88 02 03 f1"});
  CHECK(events_of(from_hex("82 ff 7f ff ff ff ff ff ff ff 37 fa 21 3d"), ten)
        == events{"error message_too_big > 88 02 03 f1"});
}

TEST_CASE("the message limit holds for the sum of the fragments (S28)") {
  const auto start = frame(0x02, "aaaa") + frame(0x89, "") + frame(0x00, "bbbb");
  CHECK(events_of(start + frame(0x80, "cc"), ten) == events{"ping > 8a 00", "binary: aaaabbbbcc"});
  CHECK(events_of(start + from_hex("80 83 37 fa 21 3d"), ten)
        == events{"ping > 8a 00", "error message_too_big > 88 02 03 f1"});
  CHECK(events_of(start + from_hex("00 83 37 fa 21 3d"), ten)
        == events{"ping > 8a 00", "error message_too_big > 88 02 03 f1"});
}

TEST_CASE("the message limit starts anew with each message (S28)") {
  const auto message = frame(0x02, "aaaaa") + frame(0x80, "bbbbb");
  CHECK(events_of(message + message, ten) == events{"binary: aaaaabbbbb", "binary: aaaaabbbbb"});
}

TEST_CASE("control frames do not count for the message limit (S28)") {
  CHECK(events_of(frame(0x8a, std::string(125, 'p')) + frame(0x81, "ok"), ten)
        == events{"pong", "text: ok"});
}

TEST_CASE("as many empty fragments as the limit are accepted and one more is 1008 (S28)") {
  const limits two{10, 0, 2};
  const auto start = frame(0x01, "") + frame(0x00, "a") + frame(0x00, "");
  SUBCASE("the final fragment does not count") {
    CHECK(events_of(start + frame(0x80, ""), two) == events{"text: a"});
  }
  SUBCASE("one more is refused") {
    CHECK(events_of(start + frame(0x00, ""), two)
          == events{"error too_many_fragments > 88 02 03 f0"});
  }
  SUBCASE("the count starts anew with each message") {
    const auto message = start + frame(0x80, "");
    CHECK(events_of(message + message, two) == events{"text: a", "text: a"});
  }
  SUBCASE("in parts too") {
    CHECK(events_of(start + frame(0x00, ""), {10, 4, 2})
          == events{"error too_many_fragments > 88 02 03 f0"});
  }
  SUBCASE("an empty message has no such fragment") {
    CHECK(events_of(frame(0x81, ""), {10, 0, 0}) == events{"text: "});
  }
}

TEST_CASE("parts are delivered as they fill and the message limit does not hold (S28)") {
  const limits parts{10, 4, 64};
  SUBCASE("one frame") {
    CHECK(events_of(frame(0x82, "aaaabbbbccccdd"), parts)
          == events{"binary part: aaaa", "binary part: bbbb", "binary part: cccc", "binary: dd"});
  }
  SUBCASE("the last part is full") {
    CHECK(events_of(frame(0x82, "aaaabbbb"), parts) == events{"binary part: aaaa", "binary: bbbb"});
  }
  SUBCASE("a message no longer than a part") {
    CHECK(events_of(frame(0x81, "aaaa"), parts) == events{"text: aaaa"});
    CHECK(events_of(frame(0x81, ""), parts) == events{"text: "});
  }
  SUBCASE("parts go across fragments") {
    const auto input = frame(0x01, "aa") + frame(0x00, "aabbb") + frame(0x89, "")
                       + frame(0x80, "bc");
    CHECK(events_of(input, parts)
          == events{"text part: aaaa", "ping > 8a 00", "text part: bbbb", "text: c"});
  }
  SUBCASE("the last part is empty when a fragment that is not final filled the one before") {
    CHECK(events_of(frame(0x01, "aaaa") + frame(0x80, ""), parts)
          == events{"text part: aaaa", "text: "});
  }
  SUBCASE("a part may cut a character") {
    CHECK(events_of(frame(0x81, "aaa\xc3\xa4"), parts)
          == events{"text part: aaa\xc3", "text: \xa4"});
  }
  SUBCASE("a character cut at the end of the message is refused") {
    CHECK(events_of(frame(0x81, "aaaaa\xc3"), parts)
          == events{"text part: aaaa", "error invalid_utf8 > 88 02 03 ef"});
  }
}

TEST_CASE("a part is delivered with the octet that fills it (S28)") {
  session peer{{10, 4, 64}};
  const auto input = frame(0x82, "aaaabbb");
  const auto step = peer.next(as_octets(input));
  CHECK(step.consumed == 6 + 4);
  CHECK(describe(peer, step) == "binary part: aaaa");
  CHECK(peer.buffered() == 0);
}

TEST_CASE("the octets of an unfinished message are counted (S61)") {
  session peer{{}};
  events seen;
  feed(peer, frame(0x82, std::string(1000, 'b')).substr(0, 8 + 600), seen);
  CHECK(peer.buffered() == 600);
  feed(peer, frame(0x82, std::string(1000, 'b')).substr(8 + 600), seen);
  CHECK(peer.buffered() == 0);
  CHECK(seen == events{"binary: " + std::string(1000, 'b')});
}

TEST_CASE("a long message in many fragments is put together (RFC 6455 sec. 5.4)") {
  std::string expected;
  auto input = frame(0x02, "");
  for (unsigned i = 0; i < 20000; ++i) {
    const std::string piece(1 + i % 3, static_cast<char>('a' + i % 26));
    input += frame(0x00, piece);
    expected += piece;
  }
  input += frame(0x80, "");
  CHECK(joined(events_of(input)) == "binary: " + expected + "\n");
  CHECK(joined(events_of(input, {}, 1, 1000)) == "binary: " + expected + "\n");
}

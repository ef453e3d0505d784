#include "sluice/protocol/websocket/session.hpp"
#include "tests/protocol/websocket/wire.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

const events refused_1002{"error frame_protocol_error > 88 02 03 ea"};
const events refused_1007{"error invalid_utf8 > 88 02 03 ef"};

events events_of_hex(std::string_view digits) {
  return events_of(from_hex(digits));
}

} // namespace

TEST_CASE("an unmasked frame is refused with 1002 (RFC 6455 sec. 5.1)") {
  CHECK(events_of_hex("81 05 48 65 6c 6c 6f") == refused_1002);
  CHECK(events_of_hex("81 00") == refused_1002);
  CHECK(events_of_hex("89 05 48 65 6c 6c 6f") == refused_1002);
  CHECK(events_of_hex("88 00") == refused_1002);
  CHECK(events_of_hex("88 02 03 f4") == refused_1002);
  CHECK(events_of(frame(0x01, "a") + from_hex("80 01 61")).back() == refused_1002[0]);
}

TEST_CASE("a reserved bit is refused with 1002 (RFC 6455 sec. 5.2)") {
  for (const unsigned bit : {0x40U, 0x20U, 0x10U}) {
    CAPTURE(bit);
    CHECK(events_of(frame(0x81 | bit, "a")) == refused_1002);
    CHECK(events_of(frame(0x82 | bit, "")) == refused_1002);
    CHECK(events_of(frame(0x89 | bit, "a")) == refused_1002);
    CHECK(events_of(frame(0x88 | bit, "")) == refused_1002);
    CHECK(events_of(frame(0x01, "a") + frame(0x80 | bit, "b")) == refused_1002);
  }
}

TEST_CASE("a reserved opcode is refused with 1002 (RFC 6455 sec. 5.2)") {
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    CAPTURE(opcode);
    CHECK(events_of(frame(0x80 | opcode, "")) == refused_1002);
    CHECK(events_of(frame(0x80 | opcode, "a")) == refused_1002);
    CHECK(events_of(frame(opcode, "a")) == refused_1002);
    CHECK(events_of(frame(0x01, "a") + frame(0x80 | opcode, "b")) == refused_1002);
  }
}

TEST_CASE("a continuation of nothing is refused with 1002 (RFC 6455 sec. 5.4)") {
  CHECK(events_of(frame(0x80, "a")) == refused_1002);
  CHECK(events_of(frame(0x00, "")) == refused_1002);
  CHECK(events_of(frame(0x81, "a") + frame(0x80, "b")) == events{"text: a", refused_1002[0]});
}

TEST_CASE("a message inside a message is refused with 1002 (RFC 6455 sec. 5.4)") {
  CHECK(events_of(frame(0x01, "a") + frame(0x81, "b")) == refused_1002);
  CHECK(events_of(frame(0x01, "") + frame(0x02, "b")) == refused_1002);
  CHECK(events_of(frame(0x02, "a") + frame(0x89, "") + frame(0x82, "b"))
        == events{"ping > 8a 00", refused_1002[0]});
}

TEST_CASE("a fragmented control frame is refused with 1002 (RFC 6455 sec. 5.5)") {
  CHECK(events_of(frame(0x09, "a")) == refused_1002);
  CHECK(events_of(frame(0x0a, "")) == refused_1002);
  CHECK(events_of(frame(0x08, "")) == refused_1002);
}

TEST_CASE("a control frame of 125 octets is accepted and one of 126 is 1002 (RFC 6455 sec. 5.5)") {
  CHECK(events_of(frame(0x8a, std::string(125, 'p'))) == events{"pong"});
  CHECK(events_of_hex("8a fe 00 7e 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("89 fe 00 7e 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("88 ff 00 00 00 00 00 01 00 00 37 fa 21 3d") == refused_1002);
}

TEST_CASE("a length that is not in its shortest form is refused with 1002 (RFC 6455 sec. 5.2)") {
  CHECK(events_of_hex("81 fe 00 7d 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("81 fe 00 00 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("82 ff 00 00 00 00 00 00 ff ff 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("89 fe 00 05 37 fa 21 3d") == refused_1002);
}

TEST_CASE("a length of more than 63 bits is refused with 1002 (RFC 6455 sec. 5.2)") {
  CHECK(events_of_hex("82 ff 80 00 00 00 00 00 00 00 37 fa 21 3d") == refused_1002);
  CHECK(events_of_hex("82 ff ff ff ff ff ff ff ff ff 37 fa 21 3d") == refused_1002);
}

TEST_CASE("a Close of one octet is refused with 1002 (RFC 6455 sec. 5.5.1)") {
  CHECK(events_of(frame(0x88, "\x03")) == refused_1002);
}

TEST_CASE("a code that may not stand in a Close is refused with 1002 (RFC 6455 sec. 7.4)") {
  for (const unsigned code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    CAPTURE(code);
    CHECK(events_of(close_frame(code)) == refused_1002);
    CHECK(events_of(close_frame(code, "reason")) == refused_1002);
  }
}

TEST_CASE("a Close reason that is not UTF-8 is refused with 1007 (S36)") {
  for (const unsigned code : {1000U, 1012U, 1013U, 1014U, 3000U}) {
    CAPTURE(code);
    CHECK(events_of(close_frame(code, "\xff")) == refused_1007);
    CHECK(events_of(close_frame(code, "ok\xc3")) == refused_1007);
    CHECK(events_of(close_frame(code, "ok\xc3"), {}, 1, 1) == refused_1007);
    CHECK(events_of(close_frame(code, "\xe2\x28\xa1"), {}, 1, 1) == refused_1007);
  }
}

TEST_CASE("a reserved bit or a missing mask on a Close with a newer code is refused (S36)") {
  CHECK(events_of_hex("88 02 03 f5") == refused_1002);
  CHECK(events_of_hex("c8 82 00 00 00 00 03 f5") == refused_1002);
}

TEST_CASE("text that is not UTF-8 is refused with 1007 (S36)") {
  CHECK(events_of(frame(0x81, "\xff")) == refused_1007);
  CHECK(events_of(frame(0x81, "abcdefgh\xc0\x80")) == refused_1007);
  CHECK(events_of(frame(0x81, "\xed\xa0\x80")) == refused_1007);
  CHECK(events_of(frame(0x82, "\xff")) == events{"binary: \xff"});
}

TEST_CASE("a character cut at the end of a text is refused with 1007 (S36)") {
  CHECK(events_of(frame(0x81, "ok\xc3")) == refused_1007);
  CHECK(events_of(frame(0x01, "ok\xe2\x82") + frame(0x80, "")) == refused_1007);
}

TEST_CASE("a character may be cut between fragments (S36)") {
  const auto input = frame(0x01, "\xf0\x9f") + frame(0x00, "") + frame(0x89, "\xff")
                     + frame(0x00, "\x98") + frame(0x80, "\x80");
  CHECK(events_of(input) == events{"ping > 8a 01 ff", "text: \xf0\x9f\x98\x80"});
}

TEST_CASE("what one text left unfinished is not counted against the next (S36)") {
  CHECK(events_of(frame(0x82, "\xc3") + frame(0x81, "a") + frame(0x81, "\xc3\xa4"))
        == events{"binary: \xc3", "text: a", "text: \xc3\xa4"});
}

TEST_CASE("text is refused as soon as its first invalid octet is seen (S36)") {
  const auto input = frame(0x01, std::string(500, 'a') + "\xc3" + "b" + std::string(500, 'a'));
  const std::size_t header = 8;
  session peer{{}};
  events seen;
  feed(peer, std::string_view{input}.substr(0, header + 501), seen);
  CHECK(seen == events{});
  feed(peer, std::string_view{input}.substr(header + 501, 1), seen);
  CHECK(seen == refused_1007);
}

TEST_CASE("after a violation all input is consumed and ignored (S35)") {
  session peer{{}};
  events seen;
  feed(peer, frame(0x83, ""), seen);
  CHECK(seen == refused_1002);
  CHECK(peer.close_sent());
  CHECK_FALSE(peer.close_received());
  const auto late = frame(0x81, "a") + close_frame(1000);
  const auto step = peer.next(as_octets(late));
  CHECK(step.consumed == late.size());
  CHECK(step.event == session_event::none);
  CHECK_FALSE(step.error);
  peer.close(close_code::normal, "");
  peer.ping("");
  CHECK_FALSE(peer.has_output());
  CHECK(peer.buffered() == 0);
}

TEST_CASE("what came whole before a violation is delivered before it (S38)") {
  CHECK(events_of(frame(0x81, "a") + frame(0x89, "b") + frame(0x01, "c") + frame(0x83, ""))
        == events{"text: a", "ping > 8a 01 62", refused_1002[0]});
}

#include "sluice/protocol/websocket/session.hpp"

#include "tests/protocol/websocket/wire.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

TEST_CASE("a masked text frame is a message (RFC 6455 sec. 5.7)") {
  CHECK(events_of(from_hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")) == events{"text: Hello"});
}

TEST_CASE("a message comes in fragments (RFC 6455 sec. 5.7)") {
  const auto input = from_hex("01 83 37 fa 21 3d 7f 9f 4d  80 82 37 fa 21 3d 5b 95");
  CHECK(events_of(input) == events{"text: Hello"});
}

TEST_CASE("a Ping is answered by a Pong with its payload data (RFC 6455 sec. 5.7)") {
  CHECK(events_of(from_hex("89 85 37 fa 21 3d 7f 9f 4d 51 58"))
        == events{"ping > 8a 05 48 65 6c 6c 6f"});
}

TEST_CASE("an unsolicited Pong is an event without an answer (RFC 6455 sec. 5.5.3)") {
  CHECK(events_of(from_hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58")) == events{"pong"});
}

TEST_CASE("a length of 256 comes in 16 bits (RFC 6455 sec. 5.7)") {
  const auto input = from_hex("82 fe 01 00 00 00 00 00") + std::string(256, 'b');
  CHECK(events_of(input) == events{"binary: " + std::string(256, 'b')});
}

TEST_CASE("a length of 64 KiB comes in 64 bits (RFC 6455 sec. 5.7)") {
  const auto input = from_hex("82 ff 00 00 00 00 00 01 00 00 00 00 00 00")
                     + std::string(65536, 'b');
  CHECK(events_of(input) == events{"binary: " + std::string(65536, 'b')});
}

TEST_CASE("an empty text is a message (S36)") {
  CHECK(events_of(from_hex("81 80 37 fa 21 3d")) == events{"text: "});
  CHECK(events_of(from_hex("01 80 37 fa 21 3d  80 80 37 fa 21 3d")) == events{"text: "});
}

TEST_CASE("control frames between fragments are handled at once (S29)") {
  const auto input = frame(0x01, "Hel") + frame(0x89, "p") + frame(0x8a, "q") + frame(0x80, "lo");
  CHECK(events_of(input) == events{"ping > 8a 01 70", "pong", "text: Hello"});
}

TEST_CASE("a Close between fragments ends the session (RFC 6455 sec. 5.4)") {
  const auto input = frame(0x01, "Hel") + close_frame(1000) + frame(0x80, "lo");
  CHECK(events_of(input) == events{"close 1000:  > 88 02 03 e8"});
}

TEST_CASE("messages in one input are delivered one per call (S30)") {
  const auto first = frame(0x81, "one");
  const auto second = frame(0x02, "tw") + frame(0x80, "o");
  const auto third = frame(0x89, "three");
  const auto input = first + second + third + "\x81";
  session peer{{}};

  auto rest = as_octets(input);
  auto step = peer.next(rest);
  CHECK(step.consumed == first.size());
  CHECK(describe(peer, step) == "text: one");

  rest = rest.subspan(step.consumed);
  step = peer.next(rest);
  CHECK(step.consumed == second.size());
  CHECK(describe(peer, step) == "binary: two");

  rest = rest.subspan(step.consumed);
  step = peer.next(rest);
  CHECK(step.consumed == third.size());
  CHECK(describe(peer, step) == "ping > 8a 05 74 68 72 65 65");

  rest = rest.subspan(step.consumed);
  step = peer.next(rest);
  CHECK(step.consumed == 1);
  CHECK(step.event == session_event::none);
  CHECK(peer.next({}).event == session_event::none);
}

TEST_CASE("events do not depend on how octets arrive (RFC 6455 sec. 5)") {
  const std::string long_text = std::string(70, 'x') + "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"
                                + std::string(80, 'y');
  const std::vector<std::string> samples{
    frame(0x81, "Hello") + frame(0x82, std::string(200, 'b')) + frame(0x81, ""),
    frame(0x01, "Hel") + frame(0x89, "ping") + frame(0x00, "") + frame(0x80, "lo")
      + close_frame(1001, "bye"),
    frame(0x01, long_text.substr(0, 71)) + frame(0x8a, "") + frame(0x00, long_text.substr(71, 3))
      + frame(0x80, long_text.substr(74)),
    frame(0x81, "a") + frame(0x89, std::string(125, 'p')) + frame(0x88, "") + frame(0x81, "b"),
    frame(0x81, "a") + frame(0x81, "bcdefghi\xffjklmnop") + frame(0x81, "c"),
    frame(0x81, "a") + frame(0x80, "b") + frame(0x81, "c"),
    frame(0x81, "a") + frame(0x88, "\x03"),
    frame(0x81, "a") + close_frame(1013, "again"),
    frame(0x82, std::string(300, 'a')) + frame(0x82, std::string(301, 'b')),
  };
  const std::vector<limits> bounds{{300, 0, 64}, {300, 7, 64}, {300, 64, 64}};
  for (const auto& sample : samples) {
    for (const auto& limit : bounds) {
      const auto whole = joined(events_of(sample, limit));
      CAPTURE(to_hex(sample));
      CAPTURE(limit.part);
      for (std::size_t cut = 1; cut < sample.size(); ++cut) {
        CAPTURE(cut);
        REQUIRE(joined(events_of(sample, limit, cut)) == whole);
      }
      REQUIRE(joined(events_of(sample, limit, 1, 1)) == whole);
      REQUIRE(joined(events_of(sample, limit, 3, 5)) == whole);
    }
  }
}

TEST_CASE("a long text is the same however it is cut (S36)") {
  std::string text;
  for (std::size_t i = 0; text.size() < 700; ++i) // ASCII in long and short runs
    text += std::string(i * i % 300, 'a') + "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  const auto whole = frame(0x81, text);
  const auto in_fragments = frame(0x01, text.substr(0, 333)) + frame(0x00, text.substr(333, 1))
                            + frame(0x80, text.substr(334));
  for (const auto& input : {whole, in_fragments}) {
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE(events_of(input, {}, cut) == events{"text: " + text});
      REQUIRE(events_of(input, {}, cut, 270) == events{"text: " + text});
    }
  }
}

TEST_CASE("a Close is answered with its code and reason (S35)") {
  CHECK(events_of(from_hex("88 80 37 fa 21 3d")) == events{"close 1005:  > 88 00"});
  CHECK(events_of(close_frame(1000, "bye")) == events{"close 1000: bye > 88 05 03 e8 62 79 65"});
  CHECK(events_of(close_frame(4999)) == events{"close 4999:  > 88 02 13 87"});
  session peer{{}};
  CHECK(peer.received_code() == 1006);
  events seen;
  feed(peer, close_frame(1001), seen);
  CHECK(peer.received_code() == 1001);
  CHECK(peer.close_received());
  CHECK(peer.close_sent());
}

TEST_CASE("every code that may stand in a Close is accepted (RFC 6455 sec. 7.4)") {
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U,
                              1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
    CAPTURE(code);
    const auto payload = to_hex(
      std::string{static_cast<char>(code >> 8U), static_cast<char>(code)});
    const events expected{"close " + std::to_string(code) + ": why > 88 05 " + payload
                          + " 77 68 79"};
    CHECK(events_of(close_frame(code, "why")) == expected);
  }
}

TEST_CASE("a Close reason may fill the frame (RFC 6455 sec. 5.5)") {
  const std::string reason(123, 'r');
  const auto seen = events_of(close_frame(1000, reason));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].substr(0, 12 + 123 + 14) == "close 1000: " + reason + " > 88 7d 03 e8");
}

TEST_CASE("what comes after the Close of the peer is consumed and ignored (S35)") {
  session peer{{}};
  const auto first = close_frame(1000);
  const auto input = first + frame(0x81, "late") + frame(0x89, "");
  auto step = peer.next(as_octets(input));
  CHECK(step.event == session_event::close);
  CHECK(step.consumed == first.size());
  const auto rest = as_octets(input).subspan(step.consumed);
  step = peer.next(rest);
  CHECK(step.event == session_event::none);
  CHECK(step.consumed == rest.size());
  peer.close_as_owed();
  CHECK(to_hex(peer.take_output()) == "88 02 03 e8");
  peer.close(close_code::normal, "");
  peer.close_as_owed();
  peer.ping("x");
  CHECK_FALSE(peer.has_output());
}

TEST_CASE("the Close that is owed waits until it is asked for (RFC 6455 sec. 5.5.1)") {
  session peer{{}};
  SUBCASE("for the peer's Close") {
    CHECK(peer.next(as_octets(close_frame(4000, "why"))).event == session_event::close);
    CHECK_FALSE(peer.has_output());
    CHECK_FALSE(peer.close_sent());
    SUBCASE("it answers with the peer's code") {
      peer.close_as_owed();
      CHECK(to_hex(peer.take_output()) == "88 05 0f a0 77 68 79");
    }
    SUBCASE("unless another code is said") {
      peer.close(close_code::internal_error, "");
      peer.close_as_owed();
      CHECK(to_hex(peer.take_output()) == "88 02 03 f3");
    }
  }
  SUBCASE("for a violation") {
    CHECK(peer.next(as_octets(frame(0x83, ""))).event == session_event::error);
    CHECK_FALSE(peer.has_output());
    peer.close_as_owed();
    CHECK(to_hex(peer.take_output()) == "88 02 03 ea");
  }
  CHECK(peer.close_sent());
}

TEST_CASE("our Close is sent once and nothing after it (S35)") {
  session peer{{}};
  peer.close(close_code::going_away, "bye");
  CHECK(peer.close_sent());
  CHECK_FALSE(peer.close_received());
  CHECK(to_hex(peer.take_output()) == "88 05 03 e9 62 79 65");
  peer.close(close_code::normal, "");
  peer.ping("x");
  CHECK_FALSE(peer.has_output());

  SUBCASE("the answer of the peer is an event without an answer") {
    events seen;
    feed(peer, close_frame(1001, "bye"), seen);
    CHECK(seen == events{"close 1001: bye"});
    CHECK(peer.close_received());
  }
  SUBCASE("data frames that still arrive are dropped and a Ping is not answered") {
    events seen;
    feed(peer, frame(0x81, "late") + frame(0x01, "f") + frame(0x89, "p") + frame(0x80, "g"), seen);
    feed(peer, frame(0x82, std::string(3000, 'b')) + close_frame(1001), seen);
    CHECK(seen == events{"ping", "close 1001: "});
    CHECK(peer.buffered() == 0);
  }
  SUBCASE("no limit holds for what is dropped") {
    session small{{10, 0, 1}};
    small.close(close_code::normal, "");
    static_cast<void>(small.take_output());
    events seen;
    feed(small, frame(0x02, std::string(3000, 'b')) + frame(0x00, "") + frame(0x00, ""), seen);
    feed(small, frame(0x80, "") + frame(0x81, "\xff") + close_frame(1000), seen);
    CHECK(seen == events{"close 1000: "});
  }
  SUBCASE("a violation is still an error but sends nothing") {
    events seen;
    feed(peer, frame(0x83, ""), seen);
    CHECK(seen == events{"error frame_protocol_error"});
  }
}

TEST_CASE("our Close drops the message that is under way (S35)") {
  session peer{{}};
  events seen;
  feed(peer, frame(0x01, "a") + frame(0x00, "bcd").substr(0, 7), seen);
  CHECK(peer.buffered() == 2);
  peer.close(close_code::normal, "");
  CHECK(peer.buffered() == 0);
  CHECK(to_hex(peer.take_output()) == "88 02 03 e8");
  feed(peer, frame(0x00, "bcd").substr(7) + frame(0x80, "e") + close_frame(1000), seen);
  CHECK(seen == events{"close 1000: "});
}

TEST_CASE("the peer's Close drops the message that is under way (S35 S61)") {
  session peer{{}};
  events seen;
  feed(peer, frame(0x01, "abcd"), seen);
  CHECK(peer.buffered() == 4);
  CHECK(peer.is_in_message());
  CHECK(peer.next(as_octets(close_frame(1000))).event == session_event::close);
  CHECK(peer.buffered() == 0); // before we have answered
  CHECK_FALSE(peer.is_in_message());
}

TEST_CASE("a session is in a message from its first octet to its last (S37)") {
  session peer{{}};
  const auto input = frame(0x01, "ab") + frame(0x89, "") + frame(0x80, "c");
  CHECK_FALSE(peer.is_in_message());
  for (std::size_t at = 0; at < input.size(); ++at) {
    CAPTURE(at);
    static_cast<void>(peer.next(as_octets(std::string_view{input}.substr(at, 1))));
    CHECK(peer.is_in_message() == (at + 1 < input.size()));
  }
  static_cast<void>(peer.take_message());
  static_cast<void>(peer.next(as_octets(frame(0x82, ""))));
  CHECK_FALSE(peer.is_in_message());
}

TEST_CASE("the rest of a frame is what of its payload data has not come (S53)") {
  session peer{{}};
  const auto input = frame(0x82, "abcd");
  for (std::size_t at = 0; at < input.size(); ++at) {
    CHECK(peer.frame_rest() == (at < 6 ? 0 : input.size() - at)); // behind a header of six
    static_cast<void>(peer.next(as_octets(std::string_view{input}.substr(at, 1))));
  }
  CHECK(peer.frame_rest() == 0);
  const auto ping = frame(0x89, "abcd").substr(0, 8);
  CHECK(peer.next(as_octets(ping)).event == session_event::none);
  CHECK(peer.frame_rest() == 0); // of data alone
}

TEST_CASE("each control frame that comes in pieces has its own payload data (RFC 6455 sec. 5.5)") {
  const auto input = frame(0x89, "one") + frame(0x89, "three") + frame(0x8a, "x")
                     + frame(0x89, "two") + frame(0x89, "");
  const events expected{"ping > 8a 03 6f 6e 65", "ping > 8a 05 74 68 72 65 65", "pong",
                        "ping > 8a 03 74 77 6f", "ping > 8a 00"};
  CHECK(events_of(input) == expected);
  for (const std::size_t piece : {1U, 2U, 3U, 7U})
    CHECK(events_of(input, {}, piece, piece) == expected);
}

TEST_CASE("codes that are never sent become a Close without a code (S35)") {
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U}) {
    CAPTURE(code);
    CHECK_FALSE(is_sendable(static_cast<std::uint16_t>(code)));
    session peer{{}};
    peer.close(static_cast<close_code>(code), "reason");
    CHECK(to_hex(peer.take_output()) == "88 00");
  }
  for (const unsigned code : {1000U, 1003U, 1007U, 1014U, 3000U, 4999U})
    CHECK(is_sendable(static_cast<std::uint16_t>(code)));
}

TEST_CASE("a Close reason is cut between characters (RFC 6455 sec. 5.5)") {
  const auto sent = [](const std::string& reason) {
    session peer{{}};
    peer.close(close_code::normal, reason);
    return peer.take_output();
  };
  const auto start = from_hex("88 7d 03 e8");
  CHECK(sent(std::string(123, 'r')) == start + std::string(123, 'r'));
  CHECK(sent(std::string(124, 'r')) == start + std::string(123, 'r'));
  CHECK(sent(std::string(121, 'r') + "\xc3\xa4") == start + std::string(121, 'r') + "\xc3\xa4");
  CHECK(sent(std::string(122, 'r') + "\xc3\xa4")
        == from_hex("88 7c 03 e8") + std::string(122, 'r'));
  CHECK(sent(std::string(120, 'r') + "\xf0\x9f\x98\x80")
        == from_hex("88 7a 03 e8") + std::string(120, 'r'));
}

TEST_CASE("our Ping carries its content unmasked (RFC 6455 sec. 5.5.2)") {
  session peer{{}};
  peer.ping("");
  peer.ping("abc");
  CHECK(peer.has_output());
  CHECK(to_hex(peer.take_output()) == "89 00 89 03 61 62 63");
  CHECK_FALSE(peer.has_output());
  peer.ping(std::string(125, 'x'));
  CHECK(peer.take_output() == from_hex("89 7d") + std::string(125, 'x'));
}

TEST_CASE("outgoing data frames have the header of RFC 6455 sec. 5.7") {
  const auto header = [](message_kind kind, bool is_first, bool is_last, std::uint64_t size) {
    return to_hex(data_frame_header(kind, is_first, is_last, size));
  };
  CHECK(header(message_kind::text, true, true, 5) == "81 05");
  CHECK(header(message_kind::text, true, false, 3) == "01 03");
  CHECK(header(message_kind::text, false, false, 0) == "00 00");
  CHECK(header(message_kind::text, false, true, 2) == "80 02");
  CHECK(header(message_kind::binary, true, true, 125) == "82 7d");
  CHECK(header(message_kind::binary, true, true, 126) == "82 7e 00 7e");
  CHECK(header(message_kind::binary, true, true, 256) == "82 7e 01 00");
  CHECK(header(message_kind::binary, true, true, 65535) == "82 7e ff ff");
  CHECK(header(message_kind::binary, true, true, 65536) == "82 7f 00 00 00 00 00 01 00 00");
  CHECK(header(message_kind::binary, false, true, 0x0102030405060708)
        == "80 7f 01 02 03 04 05 06 07 08");
}

TEST_CASE("messages outlive the session and the input (S1)") {
  octets content;
  {
    session peer{{}};
    std::string input = frame(0x82, "kept");
    REQUIRE(peer.next(as_octets(input)).event == session_event::message);
    input.assign(input.size(), '?');
    content = peer.take_message().content;
  }
  CHECK(content.text() == "kept");
}

TEST_CASE("a Close is seen ahead, wherever the octets are cut (S38 S40)") {
  const auto before = frame(0x81, "one") + frame(0x02, std::string(300, 'b')) + frame(0x89, "hey")
                      + frame(0x00, std::string(70'000, 'c')) + frame(0x80, "");
  const auto close = close_frame(1000);
  const auto all = before + close + frame(0x81, "ignored");
  for (const std::size_t cut :
       {0UL, 1UL, 2UL, 5UL, 7UL, 9UL, 15UL, 16UL, 20UL, 330UL, 333UL, 400UL, before.size() - 1,
        before.size(), before.size() + 1, before.size() + 6, before.size() + close.size() - 1}) {
    CAPTURE(cut);
    session at{limits{.message = 200'000}};
    auto input = as_octets(std::string_view{all}.substr(0, cut));
    while (!input.empty())
      input = input.subspan(at.next(input).consumed);
    const auto rest = std::string_view{all}.substr(cut);
    CHECK(at.would_close(as_octets(rest)));
    CHECK(at.would_close(as_octets(rest.substr(0, before.size() + close.size() - cut))));
    CHECK_FALSE(at.would_close(as_octets(rest.substr(0, before.size() + close.size() - 1 - cut))));
    CHECK_FALSE(at.would_close({}));
  }
  session at{limits{}};
  [[maybe_unused]] const auto step = at.next(as_octets(close));
  CHECK(at.would_close({}));
}

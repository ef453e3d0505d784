#include "tests/protocol/websocket/deflate_wire.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

TEST_CASE("a message of one compressed block (RFC 7692 sec. 7.2.3.1)") {
  CHECK(inflated_events_of(frame(0xc1, from_hex("f2 48 cd c9 c9 07 00"))) == events{"text: Hello"});
  // In two fragments.
  const auto start = frame(0x41, from_hex("f2 48 cd"));
  const auto end = frame(0x80, from_hex("c9 c9 07 00"));
  CHECK(inflated_events_of(start + end) == events{"text: Hello"});
  CHECK(inflated_events_of(start + frame(0x89, "") + end) == events{"ping > 8a 00", "text: Hello"});
}

TEST_CASE("the second message refers to the first (RFC 7692 sec. 7.2.3.2)") {
  const auto first = frame(0xc1, from_hex("f2 48 cd c9 c9 07 00"));
  CHECK(inflated_events_of(first + frame(0xc1, from_hex("f2 00 11 00 00")))
        == events{"text: Hello", "text: Hello"});
  CHECK(inflated_events_of(first + first) == events{"text: Hello", "text: Hello"});
}

TEST_CASE("a block without compression (RFC 7692 sec. 7.2.3.3)") {
  CHECK(inflated_events_of(frame(0xc1, from_hex("00 05 00 fa ff 48 65 6c 6c 6f 00")))
        == events{"text: Hello"});
}

TEST_CASE("a block that calls itself final is followed by others (RFC 7692 sec. 7.2.3.4)") {
  const auto message = frame(0xc1, from_hex("f3 48 cd c9 c9 07 00 00"));
  CHECK(inflated_events_of(message) == events{"text: Hello"});
  SUBCASE("the window stays") {
    CHECK(inflated_events_of(message + frame(0xc1, from_hex("f2 00 11 00 00")) + message)
          == events{"text: Hello", "text: Hello", "text: Hello"});
  }
  SUBCASE("nothing but such a block needs no tail") {
    const auto bare = frame(0xc1, from_hex("f3 48 cd c9 c9 07 00"));
    CHECK(inflated_events_of(bare + bare + frame(0xc1, from_hex("f2 00 11 00 00")))
          == events{"text: Hello", "text: Hello", "text: Hello"});
  }
  SUBCASE("many of them cost no more than other octets") {
    std::string blocks;
    for (auto i = 0; i < 400'000; ++i)
      blocks += from_hex("03 00");
    CHECK(inflated_events_of(frame(0xc2, blocks + std::string(1, '\0'))) == events{"binary: "});
  }
}

TEST_CASE("two blocks in one message (RFC 7692 sec. 7.2.3.5)") {
  CHECK(inflated_events_of(frame(0xc1, from_hex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00")))
        == events{"text: Hello"});
}

TEST_CASE("an empty message is one octet or none (RFC 7692 sec. 7.2.3.6)") {
  CHECK(inflated_events_of(frame(0xc1, std::string(1, '\0'))) == events{"text: "});
  CHECK(inflated_events_of(frame(0xc2, "")) == events{"binary: "});
  CHECK(inflated_events_of(frame(0x41, "") + frame(0x80, "")) == events{"text: "});
  CHECK(inflated_events_of(frame(0x41, std::string(1, '\0')) + frame(0x80, "") + deflated("a"))
        == events{"text: ", "text: a"});
}

TEST_CASE("compressed and plain messages take turns (RFC 7692 sec. 6)") {
  compressor zlib;
  auto input = frame(0xc1, zlib.message("Hello, Hello")) + frame(0x81, "plain");
  input += frame(0xc2, zlib.message("Hello again")) + frame(0x02, "a") + frame(0x80, "b");
  input += frame(0xc1, zlib.message("Hello, Hello"));
  CHECK(inflated_events_of(input)
        == events{"text: Hello, Hello", "text: plain", "binary: Hello again", "binary: ab",
                  "text: Hello, Hello"});
}

TEST_CASE("events do not depend on how compressed octets arrive (RFC 7692 sec. 7.2.2)") {
  compressor zlib;
  const auto whole = zlib.message("Hello, \xc3\xbc\xe2\x82\xac, Hello, Hello, aaaaaaaaaaaaaaaaaaa");
  auto input = frame(0x41, whole.substr(0, 5)) + frame(0x89, "ping")
               + frame(0x00, whole.substr(5, 9)) + frame(0x00, "") + frame(0x80, whole.substr(14));
  input += frame(0xc2, zlib.message(std::string(3000, 'x') + noise(50)));
  input += frame(0x81, "plain") + frame(0xc1, from_hex("f2 48 cd c9 c9 07 00"));
  input += frame(0xc1, from_hex("f3 48 cd c9 c9 07 00")) + frame(0x81, "end");
  for (const std::size_t part : {0U, 1U, 4U, 7U, 3050U}) {
    CAPTURE(part);
    const limits bounds{4000, part, 64};
    const auto expected = inflated_events_of(input, bounds);
    CHECK(expected.size() >= 7);
    CHECK(expected.back().ends_with(part == 1 ? "text: d" : "end"));
    for (std::size_t cut = 1; cut < input.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE(joined(inflated_events_of(input, bounds, {}, cut)) == joined(expected));
    }
    for (const std::size_t piece : {1U, 2U, 3U, 5U}) {
      CAPTURE(piece);
      REQUIRE(joined(inflated_events_of(input, bounds, {}, piece, piece)) == joined(expected));
    }
  }
}

TEST_CASE("parts of a compressed message are delivered as they fill (S28)") {
  const limits parts{10, 4, 64};
  CHECK(inflated_events_of(deflated("aaaabbbbccccdd", 0xc2), parts)
        == events{"binary part: aaaa", "binary part: bbbb", "binary part: cccc", "binary: dd"});
  CHECK(inflated_events_of(deflated("aaa\xc3\xa4"), parts)
        == events{"text part: aaa\xc3", "text: \xa4"});
  // Whether more is to come is known only at the message's end.
  CHECK(inflated_events_of(deflated("aaaabbbb", 0xc2), parts)
        == events{"binary part: aaaa", "binary part: bbbb", "binary: "});
}

TEST_CASE("a caller that stops after a part is given the rest for the octet that was left (S7)") {
  session peer{{10, 4, 64}, deflate_options{}};
  const auto input = deflated(std::string(14, 'a'), 0xc2);
  std::string_view rest = input;
  for (const std::string_view expected :
       {"binary part: aaaa", "binary part: aaaa", "binary part: aaaa", "binary: aa"}) {
    const auto step = peer.next(as_octets(rest));
    rest.remove_prefix(step.consumed);
    CHECK(describe(peer, step) == expected);
    CHECK(peer.next({}).event == session_event::none);
    CHECK(rest.empty() == (expected == "binary: aa"));
  }
}

TEST_CASE("random messages come through whatever the window and the takeover (RFC 7692 sec. 7.2)") {
  for (const int bits : {9, 10, 12, 15})
    for (const bool takes_over : {true, false}) {
      CAPTURE(bits);
      CAPTURE(takes_over);
      deflate_options terms;
      terms.client_max_window_bits = bits;
      terms.client_no_context_takeover = !takes_over;
      terms.max_ratio = 0;
      compressor zlib{bits};
      std::string input;
      events expected;
      for (std::uint32_t i = 0; i < 60; ++i) {
        std::string content;
        while (content.size() < i * i * 20)
          content += noise(1 + i % 5, i % 3) + std::string(i % 40, 'r');
        const auto payload = zlib.message(content);
        if (!takes_over)
          zlib.reset();
        const auto middle = payload.size() / 2;
        input += frame(0x42, payload.substr(0, middle)) + frame(0x80, payload.substr(middle));
        expected.push_back("binary: " + content);
      }
      CHECK((inflated_events_of(input, {}, terms) == expected)); // too long to be printed
      CHECK((inflated_events_of(input, {}, terms, 1, 777) == expected));
    }
}

TEST_CASE(
  "a client that agreed to 8 bits may compress with 9 as old zlibs do (RFC 7692 sec. 7.1.2.2)") {
  deflate_options terms;
  terms.client_max_window_bits = 8;
  compressor zlib{9};
  const auto content = noise(400) + noise(400);
  const auto input = frame(0xc2, zlib.message(content)) + frame(0xc2, zlib.message(content));
  CHECK(inflated_events_of(input, {}, terms, 1, 1)
        == events{"binary: " + content, "binary: " + content});
}

TEST_CASE("what follows our Close is dropped without being inflated (S35)") {
  session peer{{10, 0, 64}, deflate_options{}};
  events seen;
  const auto input = deflated(std::string(1000, 'a'));
  feed(peer, input.substr(0, 8), seen);
  peer.close(close_code::going_away, "");
  CHECK(to_hex(peer.take_output()) == "88 02 03 e9");
  feed(peer,
       input.substr(8) + frame(0xc2, "corrupt") + frame(0x42, "\xff") + frame(0x89, "")
         + frame(0x80, "\xff") + close_frame(1001),
       seen);
  CHECK(seen == events{"ping", "close 1001: "});
}

TEST_CASE("a Close between two parts ends the message (S35)") {
  session peer{{10, 4, 64}, deflate_options{}};
  const auto input = deflated(std::string(14, 'a'), 0xc2) + close_frame(1000);
  std::string_view rest = input;
  const auto step = peer.next(as_octets(rest));
  CHECK(describe(peer, step) == "binary part: aaaa");
  rest.remove_prefix(step.consumed);
  peer.close(close_code::normal, "");
  static_cast<void>(peer.take_output());
  events seen;
  feed(peer, rest, seen);
  CHECK(seen == events{"close 1000: "});
}

namespace {

/// The payload data of a message of five octets and a match whose distance only the tail brings:
/// 258 octets more. No block ends.
std::string ending_in_the_tail() {
  std::string bits = "010"; // not final, fixed codes
  for (auto i = 0; i < 5; ++i)
    bits += "110010000"; // 0x90
  bits += "11000101";    // a length of 258
  std::string octets;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    unsigned octet = 0;
    for (std::size_t i = 0; i < 8; ++i)
      octet |= (bits[at + i] == '1' ? 1U : 0U) << i;
    octets += static_cast<char>(octet);
  }
  return octets;
}

/// Takes three parts of such a message, two of them of the tail. @returns what is left of `input`
std::string_view take_three_parts(session& peer, std::string_view input) {
  for (auto i = 0; i < 3; ++i) {
    const auto step = peer.next(as_octets(input));
    CHECK(describe(peer, step) == "binary part: \x90\x90\x90\x90\x90");
    input.remove_prefix(step.consumed);
  }
  return input;
}

const limits fives{10, 5, 64};

} // namespace

TEST_CASE("a Close in what the tail of a message inflates to ends the message (S35)") {
  const auto input = frame(0xc2, ending_in_the_tail()) + frame(0x81, "late") + close_frame(1000);
  session peer{fives, deflate_options{}};
  const auto rest = take_three_parts(peer, input);
  events seen;
  SUBCASE("ours") {
    peer.close(close_code::normal, "");
    static_cast<void>(peer.take_output());
    feed(peer, rest, seen);
    CHECK(seen == events{"close 1000: "});
  }
  SUBCASE("none") {
    feed(peer, rest, seen);
    CHECK(seen.size() == 50); // of 263 octets 49 parts are left, and three; no block has ended
    CHECK(seen.back() == "error corrupt_deflate > 88 02 03 ef");
  }
}

TEST_CASE("a Close is seen ahead behind an octet that was left with its caller (S7 S38)") {
  const auto input = frame(0xc2, ending_in_the_tail());
  session peer{fives, deflate_options{}};
  const std::string left{take_three_parts(peer, input)};
  CHECK(left.size() == 1);
  const auto rest = left + close_frame(1000);
  CHECK(peer.would_close(as_octets(rest)));
  CHECK_FALSE(peer.would_close(as_octets(std::string_view{rest}.substr(0, rest.size() - 1))));
  CHECK_FALSE(peer.would_close(as_octets(left)));
  CHECK_FALSE(peer.would_close({}));
}

#include "sluice/protocol/websocket/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::websocket;

namespace {

bool is_valid(std::string_view text) {
  return is_utf8(as_octets(text));
}

/// The same answer, octet by octet.
bool is_valid_in_pieces(std::string_view text) {
  utf8_validator validator;
  for (const char& c : text) {
    if (!validator.feed(as_octets({&c, 1})))
      return false;
  }
  return validator.is_complete();
}

std::string encoded(std::uint32_t code) {
  const auto octet = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80)
    return {octet(code)};
  if (code < 0x800)
    return {octet(0xc0 | code >> 6), octet(0x80 | (code & 0x3f))};
  if (code < 0x10000)
    return {octet(0xe0 | code >> 12), octet(0x80 | (code >> 6 & 0x3f)),
            octet(0x80 | (code & 0x3f))};
  return {octet(0xf0 | code >> 18), octet(0x80 | (code >> 12 & 0x3f)),
          octet(0x80 | (code >> 6 & 0x3f)), octet(0x80 | (code & 0x3f))};
}

} // namespace

TEST_CASE("text in UTF-8 is valid (RFC 3629 sec. 7)") {
  for (const std::string_view text :
       {"", "Hello", "A\xe2\x89\xa2\xce\x91.", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", "\xef\xbb\xbf\xf0\xa3\x8e\xb4",
        "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"}) {
    CAPTURE(text);
    CHECK(is_valid(text));
    CHECK(is_valid_in_pieces(text));
  }
  CHECK(is_valid(std::string_view{"\0\x7f", 2}));
}

TEST_CASE(
  "every code point but the surrogates is valid and nothing past U+10FFFF (RFC 3629 sec. 3)") {
  for (std::uint32_t code = 0; code < 0x200000; ++code) {
    const bool expected = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    if (is_valid(encoded(code)) != expected) {
      CAPTURE(code);
      FAIL("judged wrongly");
    }
  }
}

TEST_CASE("the first and last forms of each length are judged (RFC 3629 sec. 4)") {
  for (const std::string_view text :
       {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xf0\x9f\xbf\xbe"}) {
    CAPTURE(text);
    CHECK(is_valid(text));
    CHECK(is_valid_in_pieces(text));
  }
}

TEST_CASE("invalid octets are refused (RFC 3629 sec. 4)") {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xfe", "\xff", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80", "\xc3(", "\xe2\x28\xa1", "\xe2\x82(", "\xf0\x28\x8c\xbc",
        "\xf0\x90(\xbc", "\xf0\x90\x8c(", "a\x80", "\xc3\xa4\xa4"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid(text));
    CHECK_FALSE(is_valid_in_pieces(text));
  }
}

TEST_CASE("overlong forms are refused (RFC 3629 sec. 10)") {
  for (const std::string_view text :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid(text));
    CHECK_FALSE(is_valid_in_pieces(text));
  }
}

TEST_CASE("surrogates are refused (RFC 3629 sec. 3)") {
  for (const std::string_view text :
       {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80",
        "\xed\xbe\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid(text));
  }
}

TEST_CASE("what lies past U+10FFFF is refused at its second octet (RFC 3629 sec. 3)") {
  utf8_validator validator;
  CHECK(validator.feed(as_octets("\xf4")));
  CHECK_FALSE(validator.feed(as_octets("\x90")));
}

TEST_CASE("a text that ends inside a character is not complete (S36)") {
  for (const std::string_view text :
       {"\xc3", "ok\xe2", "\xe2\x82", "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "abcdefgh\xc3"}) {
    CAPTURE(text);
    utf8_validator validator;
    CHECK(validator.feed(as_octets(text)));
    CHECK_FALSE(validator.is_complete());
    CHECK_FALSE(is_valid(text));
    validator.reset();
    CHECK(validator.is_complete());
  }
}

TEST_CASE("an invalid octet is found wherever it stands (S36)") {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\xff';
      CAPTURE(size);
      CAPTURE(at);
      CHECK_FALSE(is_valid(text));
      text.replace(at, 1, "\xf0\x9f\x98\x80");
      CHECK(is_valid(text));
      CHECK(is_valid_in_pieces(text));
    }
  }
}

TEST_CASE("whole characters are judged as their octets are one by one (RFC 3629 sec. 4)") {
  // Every lead octet with every second one, and third and fourth ones at the edges of their range.
  for (unsigned lead = 0x80; lead < 0x100; ++lead) {
    for (unsigned second = 0; second < 0x100; ++second) {
      for (const std::string_view rest :
           {"\x7f\x80", "\x80\x7f", "\x80\x80", "\xbf\xbf", "\xc0\x80", "\xbf\xc0", "aa"}) {
        std::string text{static_cast<char>(lead), static_cast<char>(second)};
        text += rest;
        text += "aaaa";
        if (is_valid(text) != is_valid_in_pieces(text)) {
          CAPTURE(lead);
          CAPTURE(second);
          FAIL("judged differently");
        }
      }
    }
  }
}

TEST_CASE("a text is judged alike however it is cut (S36)") {
  std::string text(250, 'a'); // characters on both sides of 256 octets
  text += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x82\xac";
  text.append(40, 'z');
  for (const bool is_broken : {false, true}) {
    if (is_broken)
      text[258] = '\x20';
    CHECK(is_valid(text) == !is_broken);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      for (std::size_t next = cut; next <= text.size(); next += 3) {
        utf8_validator validator;
        const auto octets = as_octets(text);
        const bool is_good = validator.feed(octets.first(cut))
                             && validator.feed(octets.subspan(cut, next - cut))
                             && validator.feed(octets.subspan(next));
        CAPTURE(cut);
        CAPTURE(next);
        REQUIRE((is_good && validator.is_complete()) == !is_broken);
      }
    }
  }
}

#include "sluice/protocol/http/byte_range.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

namespace {

/// What a Range of `value` asks of a representation: "whole", "none of it", or "FIRST+LENGTH".
std::string asked(std::string_view value, std::uint64_t size) {
  const auto read = parse_range(value, size);
  switch (read.wanted) {
    case range_request::kind::whole: return "whole";
    case range_request::kind::unsatisfiable: return "none of it";
    case range_request::kind::part: break;
  }
  return std::to_string(read.part.first) + '+' + std::to_string(read.part.length);
}

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

} // namespace

TEST_CASE("a range has its first and its last octet (RFC 9110 sec. 14.1.2)") {
  CHECK(asked("bytes=0-0", 10) == "0+1");
  CHECK(asked("bytes=0-9", 10) == "0+10");
  CHECK(asked("bytes=5-5", 10) == "5+1");
  CHECK(asked("bytes=9-9", 10) == "9+1");
  CHECK(asked("bytes=3-7", 10) == "3+5");
}

TEST_CASE("a range without a last octet goes to the end (RFC 9110 sec. 14.1.2)") {
  CHECK(asked("bytes=0-", 10) == "0+10");
  CHECK(asked("bytes=8-", 10) == "8+2");
  CHECK(asked("bytes=9-", 10) == "9+1");
  CHECK(asked("bytes=0-", most) == "0+18446744073709551615");
}

TEST_CASE("a range past the end is cut there (RFC 9110 sec. 14.1.2)") {
  CHECK(asked("bytes=9-10", 10) == "9+1");
  CHECK(asked("bytes=4-18446744073709551615", 10) == "4+6");
}

TEST_CASE("a range that begins at the end or behind it is unsatisfiable (RFC 9110 sec. 14.1.1)") {
  CHECK(asked("bytes=10-", 10) == "none of it");
  CHECK(asked("bytes=10-10", 10) == "none of it");
  CHECK(asked("bytes=11-20", 10) == "none of it");
  CHECK(asked("bytes=0-", 0) == "none of it");
  CHECK(asked("bytes=18446744073709551615-", most) == "none of it");
}

TEST_CASE("a suffix is the last octets and at most all (RFC 9110 sec. 14.1.2)") {
  CHECK(asked("bytes=-1", 10) == "9+1");
  CHECK(asked("bytes=-9", 10) == "1+9");
  CHECK(asked("bytes=-10", 10) == "0+10");
  CHECK(asked("bytes=-11", 10) == "0+10");
  CHECK(asked("bytes=-18446744073709551615", 10) == "0+10");
  CHECK(asked("bytes=-0", 10) == "none of it");
  CHECK(asked("bytes=-0", 0) == "none of it");
  CHECK(asked("bytes=-1", 0) == "whole"); // Content-Range has no form for it
}

TEST_CASE("the unit has no case and space stands around the range alone (RFC 9110 sec. 14.1)") {
  CHECK(asked("BYTES=1-2", 10) == "1+2");
  CHECK(asked("bytes= \t1-2 \t", 10) == "1+2");
  for (const std::string value : {"bytes =1-2", " bytes=1-2", "bytes=1 -2", "bytes=1- 2"}) {
    CAPTURE(value);
    CHECK(asked(value, 10) == "whole");
  }
}

TEST_CASE("a Range that is none or has several is ignored (RFC 9110 sec. 14.2)") {
  for (const std::string value : {"",
                                  "bytes",
                                  "bytes=",
                                  "bytes=-",
                                  "bytes=1",
                                  "bytes=a-",
                                  "bytes=1-b",
                                  "bytes=2-1",
                                  "bytes=-a",
                                  "bytes=--1",
                                  "bytes=1-2-3",
                                  "bytes=1-2,4-5",
                                  "bytes=,1-2",
                                  "bytes=1-2,",
                                  "octets=1-2",
                                  "1-2",
                                  "=1-2",
                                  "bytes=+1-2",
                                  "bytes=0x1-2",
                                  "bytes=1.0-2",
                                  "bytes=18446744073709551616-",
                                  "bytes=0-18446744073709551616",
                                  "bytes=-18446744073709551616"}) {
    CAPTURE(value);
    CHECK(asked(value, 10) == "whole");
  }
}

TEST_CASE("a number is digits and nothing else and fits (byte_range.hpp)") {
  CHECK(parse_number("0") == 0U);
  CHECK(parse_number("007") == 7U);
  CHECK(parse_number("18446744073709551615") == most);
  for (const std::string text : {"", "-1", "+1", " 1", "1 ", "1a", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text));
  }
}

#include "sluice/protocol/http/http_date.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

namespace {

constexpr std::time_t in_1994 = 784'111'777;   // the date of the RFC's examples
constexpr std::time_t in_2026 = 1'767'225'600; // 1 January

} // namespace

TEST_CASE("a date is written in the fixed form (RFC 9110 sec. 5.6.7)") {
  CHECK(format_http_date(in_1994) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_http_date(in_2026) == "Thu, 01 Jan 2026 00:00:00 GMT");
  CHECK(format_http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_http_date(951'782'399) == "Mon, 28 Feb 2000 23:59:59 GMT");
  CHECK(format_http_date(951'782'400) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("a date is read in all three forms (RFC 9110 sec. 5.6.7)") {
  for (const std::string text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                 "Sun Nov  6 08:49:37 1994", "Sun Nov 06 08:49:37 1994"}) {
    CAPTURE(text);
    CHECK(parse_http_date(text, in_2026) == in_1994);
  }
}

TEST_CASE("what is written is read again (RFC 9110 sec. 5.6.7)") {
  for (std::time_t day = 0; day < 40'000; ++day) {
    const auto moment = day * 86'400 + day; // through the hours as well
    CAPTURE(moment);
    CHECK(parse_http_date(format_http_date(moment), in_2026) == moment);
  }
}

TEST_CASE("a year of two digits is not more than 50 years ahead (RFC 9110 sec. 5.6.7)") {
  const auto year_of = [](std::string_view two_digits) {
    const auto read = parse_http_date("Sunday, 06-Nov-" + std::string{two_digits} + " 08:49:37 GMT",
                                      in_2026);
    return read ? format_http_date(*read).substr(12, 4) : "none";
  };
  CHECK(year_of("26") == "2026");
  CHECK(year_of("76") == "2076");
  CHECK(year_of("77") == "1977");
  CHECK(year_of("00") == "2000");
}

TEST_CASE("the bounds of a date are dates (RFC 9110 sec. 5.6.7)") {
  CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:59 GMT", in_2026) == 1'483'228'799);
  CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", in_2026) == 1'483'228'800); // leap second
  CHECK(parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT", in_2026) == 1'483'228'800);
}

TEST_CASE("what is no date is not read (RFC 9110 sec. 5.6.7)") {
  for (const std::string text :
       {"", "Sun", "Sun,", "784111777", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "So, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Okt 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT ", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 94", "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text, in_2026).has_value());
  }
}

// Each limit of a request parser: a message at the limit passes, one octet more is refused at that
// octet.

#include "sluice/protocol/errc.hpp"
#include "tests/protocol/http/transcript.hpp"
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace sluice;
using namespace sluice::http;

namespace {

const std::string chunked_head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Feeds octet by octet. @returns how many octets were given when the parser refused; 0 if it did
/// not
std::size_t octets_until_refusal(std::string_view message, const limits& bounds,
                                 std::error_code expected) {
  recorder seen{bounds};
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (seen.feed(as_octets(message.substr(at, 1))))
      continue;
    CHECK(seen.error() == expected);
    return at + 1;
  }
  return 0;
}

} // namespace

TEST_CASE("the target is bounded (S15)") {
  const limits bounds{.target = 100};
  const auto message = [](std::size_t octets) {
    return "GET /" + std::string(octets - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK_FALSE(error_of(message(100), bounds));
  CHECK(error_of(message(101), bounds) == errc::target_too_long);
  CHECK(octets_until_refusal(message(5000), bounds, errc::target_too_long) == 4 + 101);
  CHECK(events_of(message(5000), bounds).size() == 1);
}

TEST_CASE("a long target is 414 also where the head is too large with it (S15)") {
  const auto message = "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(error_of(message) == errc::target_too_long);
  CHECK(error_of(message, {.target = 1'000'000}) == errc::target_too_long);
}

TEST_CASE("the head is bounded by its octets (S15)") {
  constexpr std::string_view message = "GET / HTTP/1.1\r\nHost: a\r\nX:   y   \r\n\r\n";
  CHECK_FALSE(error_of(message, {.field_section = message.size()}));
  CHECK(error_of(message, {.field_section = message.size() - 1}) == errc::field_section_too_large);
  for (std::size_t bound = 0; bound < message.size(); ++bound) {
    CAPTURE(bound);
    const bool is_in_target = bound == 4 || bound == 5;
    const auto code = is_in_target ? errc::target_too_long : errc::field_section_too_large;
    CHECK(octets_until_refusal(message, {.field_section = bound}, code) == bound + 1);
  }
}

TEST_CASE("whitespace that is skipped counts against the head (S15)") {
  const auto message = "GET / HTTP/1.1\r\nHost: a\r\nX:" + std::string(500, ' ');
  CHECK_FALSE(error_of(message, {.field_section = message.size()}));
  CHECK(error_of(message, {.field_section = message.size() - 1}) == errc::field_section_too_large);
}

TEST_CASE("empty lines before the request line count against the head (S15)") {
  std::string message;
  for (int i = 0; i < 50; ++i)
    message += "\r\n";
  CHECK_FALSE(error_of(message, {.field_section = 100}));
  CHECK(error_of(message + "\r", {.field_section = 100}) == errc::field_section_too_large);
  const auto whole = message + std::string{sample::old_get};
  CHECK_FALSE(error_of(whole, {.field_section = whole.size()}));
  CHECK(error_of(whole, {.field_section = whole.size() - 1}) == errc::field_section_too_large);
}

TEST_CASE("the limit of the head does not count content (S15)") {
  const auto head = std::string{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"};
  CHECK_FALSE(error_of(head + std::string(1000, 'x'), {.field_section = head.size()}));
}

TEST_CASE("the limit of the head counts anew for each request (S15)") {
  std::string message;
  for (int i = 0; i < 10; ++i)
    message += sample::get;
  CHECK_FALSE(error_of(message, {.field_section = sample::get.size()}));
}

TEST_CASE("the number of fields is bounded (S15)") {
  const auto message = [](int count) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i)
      text += "X: y\r\n";
    return text + "\r\n";
  };
  CHECK_FALSE(error_of(message(20), {.field_count = 20}));
  CHECK(error_of(message(21), {.field_count = 20}) == errc::too_many_fields);
  const auto colon_of_last = message(21).size() - 6;
  CHECK(octets_until_refusal(message(21), {.field_count = 20}, errc::too_many_fields)
        == colon_of_last);
}

TEST_CASE("the trailer section is bounded by its octets (S15 S19)") {
  const std::string trailers = "X-One: 1\r\nX-Two: 2\r\n";
  const auto message = chunked_head + "1\r\na\r\n0\r\n" + trailers + "\r\n";
  CHECK_FALSE(error_of(message, {.trailer_section = trailers.size()}));
  CHECK(error_of(message, {.trailer_section = trailers.size() - 1})
        == errc::trailer_section_too_large);

  const auto endless = chunked_head + "0\r\nX: " + std::string(5000, 'y');
  const auto start = chunked_head.size() + 3;
  // Two octets of grace: until they are seen they may be the blank line, which is not counted.
  CHECK(octets_until_refusal(endless, {.trailer_section = 50}, errc::trailer_section_too_large)
        == start + 50 + 2 + 1);
}

TEST_CASE("no trailers at all can be asked for (S15 S19)") {
  CHECK_FALSE(error_of(sample::chunked_post, {.trailer_section = 0}));
  CHECK(error_of(sample::rich_chunked_post, {.trailer_section = 0})
        == errc::trailer_section_too_large);
}

TEST_CASE("chunk framing before the first content is bounded (S15 S19)") {
  const std::string framing = "1;extension=value\r\n";
  const auto message = chunked_head + framing + "a\r\n0\r\n\r\n";
  CHECK_FALSE(error_of(message, {.chunk_framing = framing.size()}));
  CHECK(error_of(message, {.chunk_framing = framing.size() - 1}) == errc::chunk_framing_too_large);
}

TEST_CASE("chunk framing between content is bounded (S15 S19)") {
  const std::string framing = "\r\n1;extension=value\r\n";
  const auto message = chunked_head + "1\r\na" + framing + "b\r\n0\r\n\r\n";
  CHECK_FALSE(error_of(message, {.chunk_framing = framing.size()}));
  CHECK(error_of(message, {.chunk_framing = framing.size() - 1}) == errc::chunk_framing_too_large);
}

TEST_CASE("chunk framing of the last chunk is bounded (S15 S19)") {
  const std::string framing = "\r\n000;extension=value\r\n";
  const auto message = chunked_head + "1\r\na" + framing + "X: trailers are not counted\r\n\r\n";
  CHECK_FALSE(error_of(message, {.chunk_framing = framing.size()}));
  CHECK(error_of(message, {.chunk_framing = framing.size() - 1}) == errc::chunk_framing_too_large);
}

TEST_CASE("endless chunk framing is refused at the octet past the limit (S15 S19)") {
  for (const std::string start : {"1;", "1;a=", "1;a=\"", "0"}) {
    CAPTURE(start);
    const auto message = chunked_head + start + std::string(5000, '0');
    CHECK(octets_until_refusal(message, {.chunk_framing = 64}, errc::chunk_framing_too_large)
          == chunked_head.size() + 65);
  }
}

TEST_CASE("content is not delivered when the framing before it passes the limit (S15)") {
  const auto message = chunked_head + "1;extension=value\r\na\r\n";
  const auto events = events_of(message, {.chunk_framing = 10});
  REQUIRE(events.size() == 2);
  CHECK(events[1] == "error chunk framing too large");
}

TEST_CASE("many small chunks stay within the framing limit (S15)") {
  CHECK_FALSE(error_of(sample::tiny_chunks(2000), {.chunk_framing = 5}));
  CHECK(error_of(sample::tiny_chunks(2), {.chunk_framing = 4}) == errc::chunk_framing_too_large);
}

TEST_CASE("the limit of the head counts anew behind trailers and chunk framing (S15 S19)") {
  const auto first = chunked_head + "1;extension=value\r\na\r\n0\r\nX-One: 1\r\n\r\n";
  const auto second = std::string{sample::get};
  const limits bounds{.field_section = std::max(chunked_head.size(), second.size())};
  CHECK_FALSE(error_of(first + second, bounds));
  CHECK_FALSE(error_of(first + first + second, bounds));
}

TEST_CASE("the limits of content count anew for each request (S15 S19)") {
  const std::string framing = "1;extension=value\r\n";
  const std::string trailers = "X-One: 1\r\n";
  const auto message = chunked_head + framing + "a\r\n0\r\n" + trailers + "\r\n";
  const limits bounds{.trailer_section = trailers.size(), .chunk_framing = framing.size()};
  CHECK_FALSE(error_of(message + message + message, bounds));
}

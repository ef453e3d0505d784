// What a request parser can say of octets that it has not consumed, and of the end of the stream.

#include "tests/protocol/http/transcript.hpp"
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::http;

namespace {

/// Consumes `input`, which must end inside the first message.
void consume(request_parser& parser, std::string_view input) {
  auto rest = as_octets(input);
  while (true) {
    const auto step = parser.next(rest);
    REQUIRE(step.event != request_event::error);
    REQUIRE(step.event != request_event::end);
    rest = rest.subspan(step.consumed);
    if (step.event == request_event::none)
      return;
    if (step.event == request_event::head)
      (void)parser.take_head();
    if (rest.empty() && step.event == request_event::content)
      return; // another call would give `end` for the last piece
  }
}

} // namespace

TEST_CASE("whether the rest completes a message is known at each cut (S40)") {
  for (const auto message : {sample::post, sample::chunked_post, sample::rich_chunked_post}) {
    CAPTURE(message);
    for (std::size_t cut = 0; cut < message.size(); ++cut) {
      CAPTURE(cut);
      request_parser parser{limits{}};
      consume(parser, message.substr(0, cut));
      const auto rest = message.substr(cut);
      CHECK(parser.would_complete(as_octets(rest)));
      CHECK_FALSE(parser.would_complete(as_octets(rest.substr(0, rest.size() - 1))));
      CHECK_FALSE(parser.would_complete({}));
      CHECK(parser.would_complete(as_octets(std::string{rest} + "and more")));
    }
  }
}

TEST_CASE("looking ahead consumes nothing (S40)") {
  for (const auto message : sample::accepted) {
    CAPTURE(message);
    const auto head_end = message.find("\r\n\r\n", message.find_first_not_of("\r\n")) + 4;
    request_parser parser{limits{}};
    for (std::size_t at = 0; at < head_end; ++at) {
      CAPTURE(at);
      CHECK(parser.would_complete(as_octets(message.substr(at))));
      CHECK_FALSE(parser.would_complete(as_octets(message.substr(at, head_end - at - 1))));
      const bool is_last = at + 1 == head_end;
      CHECK(parser.next(as_octets(message.substr(at, 1))).event
            == (is_last ? request_event::head : request_event::none));
    }
  }
}

TEST_CASE("content goes on after looking ahead as if nothing had been (S40)") {
  request_parser parser{limits{}};
  auto input = as_octets(sample::rich_chunked_post);
  std::string content;
  while (true) {
    CHECK(parser.would_complete(input));
    const auto step = parser.next(input);
    REQUIRE(step.event != request_event::error);
    content += as_text(step.content);
    input = input.subspan(step.consumed);
    if (step.event == request_event::end)
      break;
  }
  CHECK(content == "0123456789abcdefghij");
  CHECK(parser.take_trailers() == fields{{"Digest", "abc="}, {"X-Note", ""}});
}

TEST_CASE("a message with a defect ahead will not be complete (S40)") {
  request_parser parser{limits{}};
  consume(parser, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
  CHECK_FALSE(parser.would_complete(as_octets("lloXX0\r\n\r\n")));
  CHECK(parser.would_complete(as_octets("llo\r\n0\r\n\r\n")));
}

TEST_CASE("a message without content is complete with its head (S41)") {
  request_parser parser{limits{}};
  REQUIRE(parser.next(as_octets(sample::get)).event == request_event::head);
  CHECK(parser.would_complete({}));
  REQUIRE(parser.next({}).event == request_event::end);
  CHECK(parser.would_complete({}));
}

TEST_CASE("the parser knows whether it is inside a message (S13)") {
  request_parser parser{limits{}};
  CHECK_FALSE(parser.is_in_message());
  CHECK(parser.next(as_octets("\r\n\r")).event == request_event::none);
  CHECK_FALSE(parser.is_in_message());
  CHECK(parser.next(as_octets("\nPO")).event == request_event::none);
  CHECK(parser.is_in_message());
  CHECK(parser.next(as_octets("ST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")).event
        == request_event::head);
  CHECK(parser.is_in_message());
  CHECK(parser.next(as_octets("ab")).event == request_event::content);
  CHECK(parser.next({}).event == request_event::end);
  CHECK_FALSE(parser.is_in_message());
  parser.restart();
  CHECK_FALSE(parser.is_in_message());
}

TEST_CASE("the end of the stream truncates a message and nothing else (RFC 9112 sec. 8)") {
  for (const auto message : sample::accepted) {
    CAPTURE(message);
    const auto start = message.find_first_not_of("\r\n");
    for (std::size_t cut = 0; cut < message.size(); ++cut) {
      CAPTURE(cut);
      request_parser parser{limits{}};
      consume(parser, message.substr(0, cut));
      CHECK(parser.is_in_message() == (cut > start));
    }
  }
}

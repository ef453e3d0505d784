#include "sluice/protocol/http/request_parser.hpp"

#include "sluice/protocol/errc.hpp"
#include "tests/protocol/http/transcript.hpp"
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::http;

namespace {

/// The head of `message`, which must begin with one.
request head_of(std::string_view message) {
  request_parser parser{limits{}};
  const auto step = parser.next(as_octets(message));
  REQUIRE(step.event == request_event::head);
  return parser.take_head();
}

bool is_persistent(std::string_view message) {
  request_parser parser{limits{}};
  REQUIRE(parser.next(as_octets(message)).event == request_event::head);
  return parser.is_persistent();
}

} // namespace

TEST_CASE("a head is a value of its own (RFC 9112 sec. 3)") {
  const auto head = head_of(sample::get);
  CHECK(head.method == method::get);
  CHECK(head.version == http_version::v1_1);
  CHECK(head.target == "/hello?name=world");
  CHECK(head.path == "/hello");
  CHECK(head.query == "name=world");
  CHECK(head.fields
        == fields{{"Host", "example.com"}, {"User-Agent", "test/1.0"}, {"Accept", "*/*"}});
  CHECK_FALSE(head.has_content());
}

TEST_CASE("whitespace around field values is no part of them (RFC 9112 sec. 5.1)") {
  const auto head = head_of(sample::odd_get);
  CHECK(
    head.fields
    == fields{{"Host", "example.com"}, {"X-Empty", ""}, {"X-Blank", ""}, {"X-Padded", "a b\t c"}});
}

TEST_CASE("tabs stay in a value unless they frame the content (RFC 9112 sec. 5.1)") {
  const std::string_view message = "POST / HTTP/1.1\r\n"
                                   "Host:\ta\t\r\n"
                                   "X: a\tb\t \r\n"
                                   "Content-Length:\t1\t\t\r\n"
                                   "\r\n"
                                   "\t";
  const transcript expected{"head POST / [Host=a] [X=a\tb] [Content-Length=1]", "content \t",
                            "end"};
  CHECK(events_of(message) == expected);
  for (std::size_t cut = 1; cut < message.size(); ++cut) {
    CAPTURE(cut);
    CHECK(events_when_cut(message, cut) == expected);
  }
}

TEST_CASE("heads announce their content (RFC 9112 sec. 6.3)") {
  const auto sized = head_of(sample::post);
  CHECK(sized.content_length == 11U);
  CHECK_FALSE(sized.chunked);
  const auto chunked = head_of(sample::chunked_post);
  CHECK_FALSE(chunked.content_length.has_value());
  CHECK(chunked.chunked);
  CHECK(head_of(sample::empty_post).content_length == 0U);
  CHECK_FALSE(head_of(sample::empty_post).has_content());
  CHECK(head_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \t ChunKed \r\n\r\n").chunked);
}

TEST_CASE("absolute-form and OPTIONS of the whole server are accepted (S20)") {
  const auto absolute = head_of(sample::absolute_get);
  CHECK(absolute.target == "http://example.com:8080/a%20b?c");
  CHECK(absolute.path == "/a%20b");
  CHECK(absolute.query == "c");
  CHECK(head_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path == "/");
  CHECK(head_of(sample::options_asterisk).path == "*");
}

TEST_CASE("CONNECT is an event whose octets after the head stay with the caller (S20)") {
  request_parser parser{limits{}};
  const auto message = std::string{sample::connect} + "\x16\x03\x01";
  const auto step = parser.next(as_octets(message));
  REQUIRE(step.event == request_event::head);
  CHECK(step.consumed == sample::connect.size());
  const auto head = parser.take_head();
  CHECK(head.method == method::connect);
  CHECK(head.target == "example.com:443");
  CHECK(head.path.empty());
  CHECK_FALSE(parser.is_persistent());
}

TEST_CASE("the head event ends exactly where the head ends (S12 S27)") {
  for (const auto head : {sample::get, sample::upgrade, sample::connect}) {
    CAPTURE(head);
    request_parser parser{limits{}};
    const auto step = parser.next(as_octets(std::string{head} + "\x81\x00 anything"));
    CHECK(step.event == request_event::head);
    CHECK(step.consumed == head.size());
  }
}

TEST_CASE("an upgrade that nobody takes up is an ordinary request (S26)") {
  CHECK(events_of(std::string{sample::upgrade} + std::string{sample::old_get})
        == transcript{
          "head GET /chat [Host=server.example.com] [Upgrade=websocket] [Connection=Upgrade]"
          " [Sec-WebSocket-Key=dGhlIHNhbXBsZSBub25jZQ==] [Sec-WebSocket-Version=13]",
          "end", "head GET /", "end"});
  CHECK(events_of(std::string{sample::upgrade_with_content} + std::string{sample::old_get})
        == transcript{
          "head POST / [Host=example.com] [Connection=upgrade] [Upgrade=h2c] [Content-Length=3]",
          "content abc", "end", "head GET /", "end"});
}

TEST_CASE("one call gives one event (S11 S12)") {
  request_parser parser{limits{}};
  auto input = as_octets(sample::post);
  auto step = parser.next(input);
  CHECK(step.event == request_event::head);
  CHECK(step.consumed == sample::post.size() - 11);
  input = input.subspan(step.consumed);

  step = parser.next(input);
  CHECK(step.event == request_event::content);
  CHECK(as_text(step.content) == "hello world");
  CHECK(step.content.data() == input.data());
  CHECK(step.consumed == 11);

  step = parser.next({});
  CHECK(step.event == request_event::end);
  CHECK(step.consumed == 0);
}

TEST_CASE("content that comes in part is handed over in part (S11)") {
  request_parser parser{limits{}};
  const auto cut = sample::post.size() - 6;
  REQUIRE(parser.next(as_octets(sample::post.substr(0, cut))).event == request_event::head);
  auto step = parser.next(as_octets(sample::post.substr(cut - 5, 5)));
  CHECK(as_text(step.content) == "hello");
  CHECK(parser.next({}).event == request_event::none);
  step = parser.next(as_octets(sample::post.substr(cut)));
  CHECK(as_text(step.content) == " world");
  CHECK(parser.next({}).event == request_event::end);
}

TEST_CASE("each chunk is an event (S11)") {
  request_parser parser{limits{}};
  auto input = as_octets(sample::rich_chunked_post);
  input = input.subspan(parser.next(input).consumed);
  auto step = parser.next(input);
  CHECK(as_text(step.content) == "0123456789");
  input = input.subspan(step.consumed);
  CHECK(as_text(input).substr(0, 4) == "\r\na;");
  step = parser.next(input);
  CHECK(as_text(step.content) == "abcdefghij");
  input = input.subspan(step.consumed);
  step = parser.next(input);
  CHECK(step.event == request_event::end);
  CHECK(step.consumed == input.size());
}

TEST_CASE("the parser pauses in each of a thousand tiny chunks (S11)") {
  constexpr std::size_t count = 1000;
  const auto message = sample::tiny_chunks(count);
  request_parser parser{limits{}};
  auto input = as_octets(message);
  input = input.subspan(parser.next(input).consumed);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    const auto step = parser.next(input);
    REQUIRE(step.event == request_event::content);
    CHECK(as_text(step.content) == std::string(1, static_cast<char>('a' + i % 26)));
    input = input.subspan(step.consumed);
  }
  const auto step = parser.next(input);
  CHECK(step.event == request_event::end);
  CHECK(step.consumed == input.size());
}

TEST_CASE("trailers are handed over apart from the fields (S19)") {
  request_parser parser{limits{}};
  auto input = as_octets(sample::rich_chunked_post);
  auto step = parser.next(input);
  const auto head = parser.take_head();
  while (step.event != request_event::end) {
    REQUIRE(step.event != request_event::none);
    input = input.subspan(step.consumed);
    step = parser.next(input);
  }
  CHECK(parser.take_trailers() == fields{{"Digest", "abc="}, {"X-Note", ""}});
  CHECK_FALSE(head.fields.contains("Digest"));
}

TEST_CASE("a head that nobody took is not mistaken for trailers (S19)") {
  for (const auto message : {sample::post, sample::chunked_post, sample::get}) {
    request_parser parser{limits{}};
    auto input = as_octets(message);
    auto step = parser.next(input);
    while (step.event != request_event::end) {
      REQUIRE(step.event != request_event::none);
      input = input.subspan(step.consumed);
      step = parser.next(input);
    }
    CHECK(parser.take_trailers().empty());
  }
}

TEST_CASE("the next pipelined request does not start before restart (S12 S21)") {
  const auto message = std::string{sample::get} + std::string{sample::post};
  request_parser parser{limits{}};
  auto input = as_octets(message);
  input = input.subspan(parser.next(input).consumed);
  auto step = parser.next(input);
  CHECK(step.event == request_event::end);
  CHECK(step.consumed == 0);
  step = parser.next(input);
  CHECK(step.event == request_event::none);
  CHECK(step.consumed == 0);
  parser.restart();
  step = parser.next(input);
  CHECK(step.event == request_event::head);
  CHECK(parser.take_head().target == "/upload");
}

TEST_CASE("pipelined requests come one after another (S21)") {
  std::string message;
  for (const auto part :
       {sample::get, sample::chunked_post, sample::odd_get, sample::post, sample::old_get})
    message += part;
  CHECK(events_of(message)
        == transcript{
          "head GET /hello?name=world [Host=example.com] [User-Agent=test/1.0] [Accept=*/*]",
          "end",
          "head POST /upload [Host=example.com] [Transfer-Encoding=chunked]",
          "content hello world",
          "end",
          "head GET / [Host=example.com] [X-Empty=] [X-Blank=] [X-Padded=a b\t c]",
          "end",
          "head POST /upload [Host=example.com] [Content-Length=11]",
          "content hello world",
          "end",
          "head GET /",
          "end",
        });
}

TEST_CASE("persistence follows version and Connection (RFC 9112 sec. 9.3)") {
  CHECK(is_persistent("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(is_persistent("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  CHECK_FALSE(
    is_persistent("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,keep-alive\r\n\r\n"));
  CHECK_FALSE(
    is_persistent("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nConnection: close\r\n\r\n"));
  CHECK(is_persistent("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n"));
  CHECK(is_persistent(sample::upgrade));
  CHECK_FALSE(is_persistent("GET / HTTP/1.0\r\n\r\n"));
  CHECK(is_persistent("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  CHECK_FALSE(is_persistent("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"));
}

TEST_CASE("persistence can be asked until restart and trailers do not change it (S13)") {
  request_parser parser{limits{}};
  auto input = as_octets("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "0\r\nConnection: close\r\n\r\n");
  input = input.subspan(parser.next(input).consumed);
  REQUIRE(parser.next(input).event == request_event::end);
  CHECK(parser.is_persistent());
}

TEST_CASE("a closing request leaves the parser fit for another (S13)") {
  CHECK(events_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                  + std::string{sample::old_get})
        == transcript{"head GET / [Host=a] [Connection=close]", "end", "head GET /", "end"});
}

TEST_CASE("the authority of an absolute-form target takes the place of Host (S20)") {
  CHECK(head_of("GET http://a:1/ HTTP/1.1\r\nHost: b\r\nX: y\r\n\r\n").fields
        == fields{{"X", "y"}, {"Host", "a:1"}});
  CHECK(head_of("GET http://a/ HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n").fields
        == fields{{"Host", "a"}, {"X", "y"}});
  CHECK(head_of("GET http://a/ HTTP/1.0\r\n\r\n").fields == fields{{"Host", "a"}});
  CHECK(head_of("GET /http://b/ HTTP/1.1\r\nHost: a\r\n\r\n").fields == fields{{"Host", "a"}});
}

TEST_CASE("trailers that nobody took are no fields of the next request (S12 S19)") {
  const auto message = std::string{sample::rich_chunked_post} + std::string{sample::get};
  request_parser parser{limits{}};
  auto input = as_octets(message);
  auto step = parser.next(input);
  while (step.event != request_event::end) {
    REQUIRE(step.event != request_event::none);
    input = input.subspan(step.consumed);
    step = parser.next(input);
  }
  input = input.subspan(step.consumed);
  parser.restart();
  REQUIRE(parser.next(input).event == request_event::head);
  CHECK(parser.take_head().fields
        == fields{{"Host", "example.com"}, {"User-Agent", "test/1.0"}, {"Accept", "*/*"}});
}

TEST_CASE("a tab frames no content however far behind the length it stands (RFC 9112 sec. 5.1)") {
  for (std::size_t spaces = 0; spaces < 200; ++spaces) {
    CAPTURE(spaces);
    const std::string gap(spaces, ' ');
    for (const auto& value : {gap + "\t1", "1" + gap + "\t", "1" + gap + "\t" + gap}) {
      const auto head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:" + value + "\r\n\r\n";
      CHECK(events_of(head + "x")
            == transcript{"head POST / [Host=a] [Content-Length=1]", "content x", "end"});
    }
  }
}

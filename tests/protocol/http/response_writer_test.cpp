#include "sluice/protocol/http/response_writer.hpp"

#include "sluice/protocol/errc.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::http;

namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

constexpr request_facts get_1_1{method::get, http_version::v1_1};
constexpr request_facts get_1_0{method::get, http_version::v1_0};
constexpr request_facts head_1_1{method::head, http_version::v1_1};

/// Writes a whole response of one piece of content. @returns its octets, as the peer gets them
std::string written(const request_facts& facts, status code, const fields& head,
                    std::optional<std::uint64_t> length, std::string_view content = {},
                    persistence wish = persistence::keep, const fields& trailers = {}) {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(facts, code, head, length, wish, date, out));
  CHECK(writer.is_open());
  const auto piece = writer.content(content.size());
  REQUIRE_FALSE(piece.error);
  if (!piece.discard)
    out.append(piece.prefix).append(content).append(piece.suffix);
  REQUIRE_FALSE(writer.finish(trailers, out));
  CHECK_FALSE(writer.is_open());
  return out;
}

} // namespace

TEST_CASE("a response of known length (RFC 9110 sec. 8.6)") {
  CHECK(written(get_1_1, status::ok, {{"Content-Type", "text/plain"}}, 5, "hello")
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Type: text/plain\r\n"
           "Content-Length: 5\r\n"
           "\r\n"
           "hello");
  CHECK(written(get_1_1, status::not_found, {}, 0)
        == "HTTP/1.1 404 Not Found\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 0\r\n"
           "\r\n");
}

TEST_CASE("a response of unknown length is chunked to HTTP/1.1 (S25)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, std::nullopt, persistence::keep, date, out));
  CHECK(writer.framing_in_use() == framing::chunked);
  CHECK(writer.after() == persistence::keep);
  for (const std::string piece : {"hello", "", "a world of more than sixteen octets"}) {
    const auto frame = writer.content(piece.size());
    out.append(frame.prefix).append(piece).append(frame.suffix);
  }
  REQUIRE_FALSE(writer.finish({}, out));
  CHECK(out
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Transfer-Encoding: chunked\r\n"
           "\r\n"
           "5\r\nhello\r\n"
           "23\r\na world of more than sixteen octets\r\n"
           "0\r\n"
           "\r\n");
}

TEST_CASE("trailers go only into a chunked response (RFC 9110 sec. 6.5)") {
  const fields trailers{{"Digest", "abc"}, {"X-Note", ""}};
  CHECK(written(get_1_1, status::ok, {}, std::nullopt, "a", persistence::keep, trailers)
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Transfer-Encoding: chunked\r\n"
           "\r\n"
           "1\r\na\r\n"
           "0\r\n"
           "Digest: abc\r\n"
           "X-Note: \r\n"
           "\r\n");
  CHECK(written(get_1_1, status::ok, {}, 1, "a", persistence::keep, trailers)
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 1\r\n"
           "\r\n"
           "a");
}

TEST_CASE("a response of unknown length to HTTP/1.0 ends with the connection (S25)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_0, status::ok, {}, std::nullopt, persistence::keep, date, out));
  CHECK(writer.framing_in_use() == framing::until_close);
  CHECK(writer.after() == persistence::close);
  const auto piece = writer.content(5);
  CHECK(piece.prefix.empty());
  CHECK(piece.suffix.empty());
  REQUIRE_FALSE(writer.finish({{"X-Note", "dropped"}}, out));
  CHECK(out
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Connection: close\r\n"
           "\r\n");
}

TEST_CASE("Connection says what HTTP/1.0 and HTTP/1.1 do not assume (RFC 9112 sec. 9.3)") {
  CHECK(written(get_1_0, status::ok, {}, 1, "a")
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 1\r\n"
           "Connection: keep-alive\r\n"
           "\r\n"
           "a");
  const auto* const closing = "HTTP/1.1 200 OK\r\n"
                              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                              "Content-Length: 1\r\n"
                              "Connection: close\r\n"
                              "\r\n"
                              "a";
  CHECK(written(get_1_1, status::ok, {}, 1, "a", persistence::close) == closing);
  CHECK(written(get_1_0, status::ok, {}, 1, "a", persistence::close) == closing);
  CHECK(written(get_1_1, status::ok, {{"Connection", "Close"}}, 1, "a") == closing);
}

TEST_CASE("a handler's close is the connection's (RFC 9112 sec. 9.6)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(
    writer.begin(get_1_1, status::ok, {{"connection", "close"}}, 0, persistence::keep, {}, out));
  CHECK(writer.after() == persistence::close);
}

TEST_CASE("an Upgrade field is named in Connection (RFC 9110 sec. 7.8)") {
  CHECK(written(get_1_1, status::upgrade_required, {{"Upgrade", "websocket"}}, 0)
        == "HTTP/1.1 426 Upgrade Required\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Upgrade: websocket\r\n"
           "Content-Length: 0\r\n"
           "Connection: upgrade\r\n"
           "\r\n");
  CHECK(written(get_1_1, status::upgrade_required, {{"Upgrade", "websocket"}}, 0, {},
                persistence::close)
        == "HTTP/1.1 426 Upgrade Required\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Upgrade: websocket\r\n"
           "Content-Length: 0\r\n"
           "Connection: close, upgrade\r\n"
           "\r\n");
}

TEST_CASE("HEAD keeps the length and sends no content (S24)") {
  const auto* const expected = "HTTP/1.1 200 OK\r\n"
                               "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                               "Content-Length: 5\r\n"
                               "\r\n";
  CHECK(written(head_1_1, status::ok, {}, 5, "hello") == expected);
  CHECK(written(head_1_1, status::ok, {}, 5) == expected);
  CHECK(written(head_1_1, status::ok, {}, 5, "he") == expected);
  CHECK(written(head_1_1, status::ok, {{"Content-Length", "5"}}, 0) == expected);
  CHECK(written(head_1_1, status::ok, {{"Content-Length", "5"}}, std::nullopt) == expected);
}

TEST_CASE("HEAD of unknown length ends with its head and persists (S24)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(head_1_1, status::ok, {}, std::nullopt, persistence::keep, {}, out));
  CHECK(out == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK(writer.framing_in_use() == framing::none);
  CHECK(writer.after() == persistence::keep);
  const auto piece = writer.content(100);
  CHECK_FALSE(piece.error);
  CHECK(piece.discard);
  CHECK_FALSE(writer.finish({{"X", "y"}}, out));
  CHECK(out == "HTTP/1.1 200 OK\r\n\r\n");
}

TEST_CASE("204 and 304 have no content and end with their head (S24)") {
  CHECK(written(get_1_1, status::no_content, {}, std::nullopt)
        == "HTTP/1.1 204 No Content\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "\r\n");
  CHECK(written(get_1_1, status::no_content, {{"Content-Length", "0"}}, 0)
        == "HTTP/1.1 204 No Content\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "\r\n");
  CHECK(written(get_1_1, status::not_modified, {{"ETag", "\"1\""}}, 0)
        == "HTTP/1.1 304 Not Modified\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "ETag: \"1\"\r\n"
           "\r\n");
  CHECK(written(get_1_1, status::not_modified, {{"Content-Length", "7"}}, 0)
        == "HTTP/1.1 304 Not Modified\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 7\r\n"
           "\r\n");
}

TEST_CASE("an interim response has neither framing nor Connection nor Date (RFC 9110 sec. 15.2)") {
  CHECK(written(get_1_1, static_cast<status>(103), {{"Link", "</style.css>"}}, std::nullopt, {},
                persistence::close)
        == "HTTP/1.1 103 \r\n"
           "Link: </style.css>\r\n"
           "\r\n");
  CHECK(continue_response() == "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_CASE("205 says that it is empty (RFC 9110 sec. 15.3.6)") {
  CHECK(written(get_1_1, status::reset_content, {}, std::nullopt)
        == "HTTP/1.1 205 Reset Content\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 0\r\n"
           "\r\n");
}

TEST_CASE("a Date of the handler's own is respected (RFC 9110 sec. 6.6.1)") {
  CHECK(written(get_1_1, status::ok, {{"date", "Mon, 07 Nov 1994 08:49:37 GMT"}}, 0)
        == "HTTP/1.1 200 OK\r\n"
           "date: Mon, 07 Nov 1994 08:49:37 GMT\r\n"
           "Content-Length: 0\r\n"
           "\r\n");
}

TEST_CASE("a declared length stands once and counts (S25)") {
  CHECK(written(get_1_1, status::ok, {{"content-length", "005"}, {"X", "y"}}, std::nullopt, "hello")
        == "HTTP/1.1 200 OK\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "X: y\r\n"
           "Content-Length: 5\r\n"
           "\r\n"
           "hello");
}

TEST_CASE("a code without a reason phrase keeps the space (RFC 9112 sec. 4)") {
  CHECK(written(get_1_1, static_cast<status>(299), {}, 0).substr(0, 15) == "HTTP/1.1 299 \r\n");
}

TEST_CASE("responses are appended to what is there and one follows another (S21)") {
  response_writer writer;
  std::string out = "before";
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, 0, persistence::keep, {}, out));
  REQUIRE_FALSE(writer.finish({}, out));
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, 0, persistence::keep, {}, out));
  REQUIRE_FALSE(writer.finish({}, out));
  CHECK(out
        == "before"
           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("a chunk size is hexadecimal (RFC 9112 sec. 7.1)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, std::nullopt, persistence::keep, {}, out));
  CHECK(writer.content(65536).prefix == "10000\r\n");
  CHECK(writer.content(0xABCDEF).prefix == "abcdef\r\n");
  CHECK(writer.content(1).suffix == "\r\n");
  CHECK(writer.content(0).prefix.empty());
  CHECK(writer.content(0).suffix.empty());
}

TEST_CASE("a response that differs a little from the one before is its own (S21)") {
  const auto with = [](status code, std::string_view name, std::string_view value,
                       std::string_view when) {
    response_writer writer;
    std::string out;
    REQUIRE_FALSE(writer.begin(get_1_1, code, {{name, value}}, 0, persistence::keep, when, out));
    return out;
  };
  const auto start = [](std::string_view line, std::string_view when, std::string_view own) {
    return "HTTP/1.1 " + std::string{line} + "\r\nDate: " + std::string{when} + "\r\n"
           + std::string{own} + "\r\nContent-Length: 0\r\n\r\n";
  };
  constexpr std::string_view later = "Sun, 06 Nov 1994 08:49:38 GMT";
  for (auto i = 0; i < 2; ++i) {
    CHECK(with(status::ok, "X-A", "b", date) == start("200 OK", date, "X-A: b"));
    CHECK(with(status::ok, "X-A", "b", later) == start("200 OK", later, "X-A: b"));
    CHECK(with(status::created, "X-A", "b", later) == start("201 Created", later, "X-A: b"));
    CHECK(with(status::created, "x-a", "b", later) == start("201 Created", later, "x-a: b"));
    CHECK(with(status::created, "x-a", "B", later) == start("201 Created", later, "x-a: B"));
  }
}

TEST_CASE("a response with a Date of its own leaves the next with ours (RFC 9110 sec. 6.6.1)") {
  const fields own{{"Date", "Mon, 07 Nov 1994 08:49:37 GMT"}};
  CHECK(written(get_1_1, status::ok, own, 0).find(date) == std::string::npos);
  CHECK(written(get_1_1, status::ok, {}, 0).find(date) != std::string::npos);
  CHECK(written(get_1_1, static_cast<status>(103), {}, std::nullopt).find("Date")
        == std::string::npos);
  CHECK(written(get_1_1, status::ok, {}, 0).find(date) != std::string::npos);
}

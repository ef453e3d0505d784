// What a response writer refuses rather than send.

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/response_writer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::http;
using namespace std::string_literals;

namespace {

constexpr request_facts get_1_1{method::get, http_version::v1_1};
constexpr request_facts get_1_0{method::get, http_version::v1_0};
constexpr request_facts head_1_1{method::head, http_version::v1_1};
constexpr request_facts connect_1_1{method::connect, http_version::v1_1};

/// Why the response is refused; checks that a refused one leaves no trace.
std::error_code refusal(const fields& head, const request_facts& facts = get_1_1,
                        status code = status::ok, std::optional<std::uint64_t> length = 0) {
  response_writer writer;
  std::string out = "before";
  const auto error = writer.begin(facts, code, head, length, persistence::keep, {}, out);
  CHECK((out == "before") == static_cast<bool>(error));
  CHECK(writer.is_open() == !error);
  return error;
}

} // namespace

TEST_CASE("a field that would split the response is refused (S25)") {
  for (const auto& bad :
       {"a\r\nSet-Cookie: b"s, "a\rb"s, "a\nb"s, "a\0b"s, "\r\n"s, "a\x7f"s, "\x1b[0m"s}) {
    CAPTURE(bad);
    CHECK(refusal({{"X", bad}}) == errc::malformed_response_field);
    CHECK(refusal({{bad, "x"}}) == errc::malformed_response_field);
    CHECK(refusal({{"Good", "1"}, {"Location", bad}}) == errc::malformed_response_field);
    CHECK(refusal({{"Content-Length", bad}}) == errc::malformed_response_field);
    CHECK(refusal({{"Date", bad}}) == errc::malformed_response_field);
  }
}

TEST_CASE("a field name is a token (RFC 9110 sec. 5.1)") {
  for (const std::string_view name : {"", "X ", " X", "X:", "X Y", "(X)", "X\xc3\xbc"}) {
    CAPTURE(name);
    CHECK(refusal({{name, "y"}}) == errc::malformed_response_field);
  }
  CHECK_FALSE(refusal({{"X", ""}}));
  CHECK_FALSE(refusal({{"X", "tab\tand \xc3\xbc"}}));
}

TEST_CASE("framing fields are the writer's own (S25)") {
  CHECK(refusal({{"Transfer-Encoding", "chunked"}}) == errc::reserved_response_field);
  CHECK(refusal({{"transfer-encoding", "identity"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Keep-Alive", "timeout=5"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Proxy-Connection", "close"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Connection", "keep-alive"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Connection", "upgrade"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Connection", "close, x"}}) == errc::reserved_response_field);
  CHECK(refusal({{"Connection", ""}}) == errc::reserved_response_field);
}

TEST_CASE("a declared length is one number (RFC 9110 sec. 8.6)") {
  for (const std::string_view value :
       {"", "-1", "+1", "1, 1", "1a", " 1", "18446744073709551616"}) {
    CAPTURE(value);
    CHECK(refusal({{"Content-Length", value}}) == errc::malformed_response_field);
  }
  CHECK(refusal({{"Content-Length", "1"}, {"content-length", "1"}})
        == errc::malformed_response_field);
  CHECK(refusal({{"Content-Length", "1"}}) == errc::malformed_response);
  CHECK_FALSE(refusal({{"Content-Length", "1"}}, get_1_1, status::ok, 1));
}

TEST_CASE("a response that HTTP has no form for is refused (RFC 9110 sec. 15)") {
  for (const auto code : {0, 99, 600, 1000, 101})
    CHECK(refusal({}, get_1_1, static_cast<status>(code)) == errc::malformed_response);
  CHECK(refusal({}, get_1_0, static_cast<status>(103)) == errc::malformed_response);
  CHECK(refusal({}, get_1_1, static_cast<status>(103), 1) == errc::malformed_response);
  CHECK(refusal({}, get_1_1, status::no_content, 1) == errc::malformed_response);
  CHECK(refusal({{"Content-Length", "1"}}, get_1_1, status::no_content)
        == errc::malformed_response);
  CHECK(refusal({}, get_1_1, status::reset_content, 1) == errc::malformed_response);
}

TEST_CASE("CONNECT is never answered with success (S20)") {
  CHECK(refusal({}, connect_1_1, status::ok) == errc::malformed_response);
  CHECK(refusal({}, connect_1_1, status::no_content) == errc::malformed_response);
  CHECK_FALSE(refusal({}, connect_1_1, status::not_implemented));
}

TEST_CASE("content past the declared length is refused (S25)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, 5, persistence::keep, {}, out));
  CHECK_FALSE(writer.content(3).error);
  CHECK(writer.content(3).error == errc::content_too_long);
  CHECK_FALSE(writer.content(2).error);
  CHECK(writer.content(1).error == errc::content_too_long);
  CHECK_FALSE(writer.content(0).error);
  CHECK_FALSE(writer.finish({}, out));
}

TEST_CASE("content short of the declared length is an error (S25)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, 5, persistence::keep, {}, out));
  CHECK_FALSE(writer.content(4).error);
  const auto before = out;
  CHECK(writer.finish({}, out) == errc::content_too_short);
  CHECK(out == before);
  CHECK(writer.is_open());
}

TEST_CASE("content where none may be is refused (S24)") {
  for (const auto code : {status::no_content, status::not_modified, status::reset_content}) {
    response_writer writer;
    std::string out;
    REQUIRE_FALSE(writer.begin(get_1_1, code, {}, std::nullopt, persistence::keep, {}, out));
    CHECK(writer.content(1).error == errc::content_too_long);
    CHECK_FALSE(writer.content(0).error);
  }
}

TEST_CASE("HEAD accounts for the content that it discards (S24)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(head_1_1, status::ok, {}, 5, persistence::keep, {}, out));
  CHECK(writer.content(5).discard);
  CHECK(writer.content(1).error == errc::content_too_long);
}

TEST_CASE("trailers are checked like fields and frame nothing (S25)") {
  response_writer writer;
  std::string out;
  REQUIRE_FALSE(writer.begin(get_1_1, status::ok, {}, std::nullopt, persistence::keep, {}, out));
  const auto before = out;
  CHECK(writer.finish({{"X", "a\r\nb"}}, out) == errc::malformed_response_field);
  CHECK(writer.finish({{"X\n", "a"}}, out) == errc::malformed_response_field);
  CHECK(writer.finish({{"Transfer-Encoding", "chunked"}}, out) == errc::reserved_response_field);
  CHECK(writer.finish({{"Content-Length", "5"}}, out) == errc::reserved_response_field);
  CHECK(writer.finish({{"Connection", "close"}}, out) == errc::reserved_response_field);
  CHECK(out == before);
  CHECK(writer.is_open());
  CHECK_FALSE(writer.finish({{"X", "a"}}, out));
}

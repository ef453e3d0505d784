// What a request parser refuses, and why. All of it pins llhttp's strictness as well as our own
// rules.

#include "sluice/protocol/errc.hpp"
#include "tests/protocol/http/transcript.hpp"
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::http;
using namespace std::string_literals;

namespace {

/// A POST with `lines` in its header section, after Host.
std::string with_lines(std::string_view lines) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

std::string chunked(std::string_view message_body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         + std::string{message_body};
}

using table = std::initializer_list<std::pair<std::string, errc>>;

void check_refused(table cases) {
  for (const auto& each : cases) {
    CAPTURE(each.first);
    CHECK(error_of(each.first) == each.second);
  }
}

} // namespace

TEST_CASE("an unknown method is told from garbage (S20)") {
  check_refused({
    {"XYZZY / HTTP/1.1\r\n", errc::unknown_method},
    {"PROPFIND / HTTP/1.1\r\n", errc::unknown_method},
    {"SOURCE / ICE/1.0\r\n", errc::unknown_method},
    {"PURGE / HTTP/1.1\r\n", errc::unknown_method},
    {"QUERY / HTTP/1.1\r\n", errc::unknown_method},
    {"get / HTTP/1.1\r\n", errc::unknown_method},
    {"GETT / HTTP/1.1\r\n", errc::unknown_method},
    {"G / HTTP/1.1\r\n", errc::unknown_method},
    {"AVERYLONGMETHODWITHOUTEND", errc::unknown_method},
    {"GET\t/ HTTP/1.1\r\n", errc::malformed_request},
    {"G@T / HTTP/1.1\r\n", errc::malformed_request},
    {" GET / HTTP/1.1\r\n", errc::malformed_request},
    {"\x16\x03\x01\x02", errc::malformed_request},
    {"\0"s, errc::malformed_request},
    {"GET\r\n", errc::malformed_request},
  });
}

TEST_CASE("major versions other than 1 are refused (RFC 9112 sec. 2.3)") {
  check_refused({
    {"GET / HTTP/2.0\r\n", errc::unsupported_version},
    {"GET / HTTP/2.1\r\n", errc::unsupported_version},
    {"GET / HTTP/0.9\r\n", errc::unsupported_version},
    {"GET / HTTP/9.9\r\n", errc::unsupported_version},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", errc::unsupported_version},
    {"GET /\r\n", errc::malformed_request},
    {"GET / \r\n", errc::malformed_request},
    {"GET / http/1.1\r\n", errc::malformed_request},
    {"GET / HTTP/1\r\n", errc::malformed_request},
    {"GET / HTTP/11.1\r\n", errc::malformed_request},
    {"GET / HTTP/1.10\r\n", errc::malformed_request},
    {"GET / HTTP/1.1 \r\n", errc::malformed_request},
    {"GET / RTSP/1.0\r\n", errc::malformed_request},
  });
}

TEST_CASE("the request line is read strictly (RFC 9112 sec. 3)") {
  check_refused({
    {"GET  / HTTP/1.1\r\n", errc::malformed_request},
    {"GET /  HTTP/1.1\r\n", errc::malformed_request},
    {"GET /a b HTTP/1.1\r\n", errc::malformed_request},
    {"GET / HTTP/1.1\n", errc::malformed_request},
    {"GET / HTTP/1.1\r\r\n", errc::malformed_request},
    {"\nGET / HTTP/1.1\r\n", errc::malformed_request},
    {"\rGET / HTTP/1.1\r\n", errc::malformed_request},
    {"\r\r\nGET / HTTP/1.1\r\n", errc::malformed_request},
    {"GET /\t HTTP/1.1\r\n", errc::malformed_target},
    {"GET /\0 HTTP/1.1\r\n"s, errc::malformed_target},
    {"GET /\x80 HTTP/1.1\r\n", errc::malformed_target},
  });
}

TEST_CASE("targets have a form that fits the method (RFC 9112 sec. 3.2)") {
  check_refused({
    {"GET a HTTP/1.1\r\n", errc::malformed_target},
    {"GET /a#b HTTP/1.1\r\n", errc::malformed_target},
    {"GET * HTTP/1.1\r\n", errc::malformed_target},
    {"GET example.com:80 HTTP/1.1\r\n", errc::malformed_target},
    {"GET http:///a HTTP/1.1\r\n", errc::malformed_target},
    {"CONNECT / HTTP/1.1\r\n", errc::malformed_target},
    {"CONNECT * HTTP/1.1\r\n", errc::malformed_target},
    {"CONNECT example.com HTTP/1.1\r\n", errc::malformed_target},
    {"CONNECT http://example.com:80/ HTTP/1.1\r\n", errc::malformed_target},
  });
}

TEST_CASE("field lines are read strictly (S14 S18)") {
  check_refused({
    {with_lines("X : a\r\n"), errc::malformed_field},
    {with_lines("X\t: a\r\n"), errc::malformed_field},
    {with_lines("X: a\r\n b\r\n"), errc::malformed_field},
    {with_lines("X: a\r\n\tb\r\n"), errc::malformed_field},
    {with_lines("X:\r\n b\r\n"), errc::malformed_field},
    {with_lines("X: a\r\n \r\n"), errc::malformed_field},
    {with_lines("X: a\nY: b\r\n"), errc::malformed_field},
    {with_lines("X: a\rY: b\r\n"), errc::malformed_field},
    {with_lines("X: a\r\r\n"), errc::malformed_field},
    {with_lines("X: a\0b\r\n"s), errc::malformed_field},
    {with_lines("X\0: a\r\n"s), errc::malformed_field},
    {with_lines("X\r\n"), errc::malformed_field},
    {with_lines(": a\r\n"), errc::malformed_field},
    {with_lines("\n"), errc::malformed_field},
    {with_lines("\rX: a\r\n"), errc::malformed_field},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", errc::malformed_field},
    {"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", errc::malformed_field},
    {"GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", errc::malformed_field},
    {"GET / HTTP/1.1\r\n\nHost: a\r\n\r\n", errc::malformed_field},
    {"GET / HTTP/1.1\r\nHost: a\r\n\n", errc::malformed_field},
  });
}

TEST_CASE("only the grammar's octets pass in names and values (RFC 9110 sec. 5)") {
  for (int octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const std::string c(1, static_cast<char>(octet));
    const bool may_be_in_name = is_token(c) || octet == ':'; // a colon only ends the name earlier
    CHECK(!error_of(with_lines("X" + c + "Y: a\r\n")) == may_be_in_name);
    for (const std::string name : {"X", "Connection", "Upgrade", "Proxy-Connection"}) {
      CAPTURE(name);
      CHECK(!error_of(with_lines(name + ": a" + c + "b\r\n")) == is_field_value(c));
    }
    CHECK(!error_of(chunked("0\r\nX: a" + c + "b\r\n\r\n")) == is_field_value(c));
  }
}

TEST_CASE("Content-Length is one number (S18)") {
  for (const std::string value :
       {"", "+5", "-1", "0x10", "1, 1", "1,1", "1 1", "5a", "a5", "1.0", "1e3", "\"5\"",
        "18446744073709551616", "99999999999999999999999999"}) {
    CAPTURE(value);
    CHECK(error_of(with_lines("Content-Length: " + value + "\r\n"))
          == errc::malformed_content_length);
  }
  check_refused({
    {with_lines("Content-Length: 5\r\nContent-Length: 5\r\n"), errc::malformed_content_length},
    {with_lines("Content-Length: 5\r\ncontent-length: 6\r\n"), errc::malformed_content_length},
    {with_lines("Content-Length: 5\r\nX: y\r\nContent-Length:\r\n"),
     errc::malformed_content_length},
    {with_lines("Content-Length : 5\r\n"), errc::malformed_field},
  });
  CHECK_FALSE(error_of(with_lines("Content-Length: 18446744073709551615\r\n")));
  CHECK_FALSE(error_of(with_lines("Content-Length: 0005 \r\n")));
}

TEST_CASE("Transfer-Encoding is a lone chunked (S18)") {
  for (const std::string value :
       {"", "identity", "gzip", "chunked, gzip", "chunked, chunked", "gzip, chunked, chunked",
        "chunked, identity", "chunked,", ",chunked", "chunked;q=1", "xchunked", "chunkedx", "chunk",
        "\"chunked\"", "chunked chunked"}) {
    CAPTURE(value);
    CHECK(error_of(with_lines("Transfer-Encoding: " + value + "\r\n"))
          == errc::malformed_transfer_coding);
  }
  check_refused({
    {with_lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
     errc::malformed_transfer_coding},
    {with_lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
     errc::malformed_transfer_coding},
    {with_lines("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
     errc::unsupported_transfer_coding},
    {with_lines("Transfer-Encoding: gzip, chunked\r\n"), errc::unsupported_transfer_coding},
    {with_lines("Transfer-Encoding:\x0b"
                "chunked\r\n"),
     errc::malformed_field},
    {with_lines("Transfer-Encoding : chunked\r\n"), errc::malformed_field},
    {with_lines("Transfer-Encoding:\r\n chunked\r\n"), errc::malformed_field},
  });
}

TEST_CASE("two ways to frame the content are refused (S18)") {
  check_refused({
    {std::string{sample::conflicting_post}, errc::conflicting_framing},
    {with_lines("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), errc::conflicting_framing},
    {with_lines("Transfer-Encoding: gzip\r\nX: y\r\ncontent-length: 5\r\n"),
     errc::conflicting_framing},
    {with_lines("Content-Length: 0\r\ntransfer-encoding: identity\r\n"), errc::conflicting_framing},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", errc::conflicting_framing},
    {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 1\r\n\r\na", errc::malformed_request},
    {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n",
     errc::malformed_request},
  });
}

TEST_CASE("Host is there once and well formed (S20)") {
  check_refused({
    {"GET / HTTP/1.1\r\n\r\n", errc::malformed_host},
    {"GET http://a/ HTTP/1.1\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", errc::malformed_host},
    {"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", errc::malformed_host},
  });
  CHECK_FALSE(error_of("GET / HTTP/1.0\r\n\r\n"));
  CHECK_FALSE(error_of("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"));
}

TEST_CASE("chunks are read strictly (S14 S18 S19)") {
  for (const std::string body : {"\r\n",
                                 "g\r\n",
                                 "-1\r\n",
                                 "+1\r\n",
                                 "0x1\r\na\r\n",
                                 " 1\r\na\r\n",
                                 "1 \r\na\r\n",
                                 "1\t\r\na\r\n",
                                 ";a\r\n",
                                 "1\na\r\n",
                                 "1\ra\r\n",
                                 "1\r\na\n",
                                 "1\r\na0\r\n",
                                 "1\r\naXX0\r\n",
                                 "1\r\na\rX",
                                 "1\r\nab\r\n",
                                 "10000000000000000\r\n",
                                 "fffffffffffffffff\r\n",
                                 "1;\r\na\r\n",
                                 "1;a\nb\r\n",
                                 "1;a\rb\r\n",
                                 "1;a=\"\n\"\r\n",
                                 "1;a=\"\\\n\"\r\n",
                                 "1;a=\"b\"c\r\n",
                                 "0\n\r\n",
                                 "00\r",
                                 "0\rX"}) {
    CAPTURE(body);
    const bool is_open = body == "00\r";
    CHECK(error_of(chunked(body))
          == (is_open ? std::error_code{} : make_error_code(errc::malformed_chunk)));
  }
}

TEST_CASE("trailers are read strictly and may not frame anything (S19)") {
  check_refused({
    {chunked("0\r\nX : a\r\n\r\n"), errc::malformed_field},
    {chunked("0\r\nX: a\r\n b\r\n\r\n"), errc::malformed_field},
    {chunked("0\r\n X: a\r\n\r\n"), errc::malformed_field},
    {chunked("0\r\nX: a\n\r\n"), errc::malformed_field},
    {chunked("0\r\n\n"), errc::malformed_field},
    {chunked("0\r\nX\r\n\r\n"), errc::malformed_field},
    {chunked("0\r\nContent-Length: 5\r\n\r\n"), errc::conflicting_framing},
    {chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), errc::conflicting_framing},
  });
}

TEST_CASE("a refusal is final (S18)") {
  request_parser parser{limits{}};
  CHECK(parser.next(as_octets("GET / HTTP/9.9\r\n")).error == errc::unsupported_version);
  const auto again = parser.next(as_octets(sample::get));
  CHECK(again.event == request_event::error);
  CHECK(again.error == errc::unsupported_version);
  CHECK(again.consumed == 0);
}

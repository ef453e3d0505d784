// Shapes of request smuggling in the chunked transfer coding.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::string_literals;

namespace {

std::string chunked(std::string_view body) {
  return "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{body};
}

} // namespace

TEST_CASE("a chunk size is hexadecimal digits and nothing else (S18)") {
  check_refused({
    {"0x", chunked("0x3\r\nabc\r\n0\r\n\r\n")},
    {"a plus", chunked("+3\r\nabc\r\n0\r\n\r\n")},
    {"a minus", chunked("-3\r\nabc\r\n0\r\n\r\n")},
    {"a space first", chunked(" 3\r\nabc\r\n0\r\n\r\n")},
    {"a space behind", chunked("3 \r\nabc\r\n0\r\n\r\n")},
    {"a tab behind", chunked("3\t\r\nabc\r\n0\r\n\r\n")},
    {"an underscore", chunked("0_3\r\nabc\r\n0\r\n\r\n")},
    {"no digit", chunked("\r\nabc\r\n0\r\n\r\n")},
    {"no digit but an extension", chunked(";a\r\nabc\r\n0\r\n\r\n")},
    {"a letter past f", chunked("g\r\nabc\r\n0\r\n\r\n")},
    {"2^64", chunked("10000000000000000\r\nabc\r\n0\r\n\r\n")},
    {"2^64 + 3", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")},
    {"17 digits", chunked("fffffffffffffffff\r\nabc\r\n0\r\n\r\n")},
    {"quotes", chunked("\"3\"\r\nabc\r\n0\r\n\r\n")},
    {"NUL", chunked("3\0\r\nabc\r\n0\r\n\r\n"s)},
    {"a comma", chunked("3,3\r\nabc\r\n0\r\n\r\n")},
    {"a point", chunked("3.0\r\nabc\r\n0\r\n\r\n")},
  });
}

TEST_CASE("chunk framing ends its lines with CRLF (S18)") {
  check_refused({
    {"LF behind the size", chunked("3\nabc\r\n0\r\n\r\n")},
    {"CR behind the size", chunked("3\rabc\r\n0\r\n\r\n")},
    {"CR CR LF behind the size", chunked("3\r\r\nabc\r\n0\r\n\r\n")},
    {"LF behind the data", chunked("3\r\nabc\n0\r\n\r\n")},
    {"CR behind the data", chunked("3\r\nabc\r0\r\n\r\n")},
    {"nothing behind the data", chunked("3\r\nabc0\r\n\r\n")},
    {"two octets that are no CRLF", chunked("3\r\nabcXX0\r\n\r\n")},
    {"one octet too much", chunked("3\r\nabcd\r\n0\r\n\r\n")},
    {"LF behind the last size", chunked("0\n\r\n")},
    {"LF behind the trailer section", chunked("0\r\n\n")},
    {"CR behind the trailer section", chunked("0\r\n\rX")},
  });
}

TEST_CASE("a chunk extension can hide no line end (S18 S19)") {
  check_refused({
    {"LF", chunked("3;a\nabc\r\n0\r\n\r\n")},
    {"LF in a value", chunked("3;a=b\nabc\r\n0\r\n\r\n")},
    {"LF in quotes", chunked("3;a=\"\n\"\r\nabc\r\n0\r\n\r\n")},
    {"CRLF in quotes", chunked("3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n")},
    {"an escaped LF in quotes", chunked("3;a=\"\\\n\"\r\nabc\r\n0\r\n\r\n")},
    {"CR", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n")},
    {"NUL", chunked("3;a\0\r\nabc\r\n0\r\n\r\n"s)},
    {"of the last chunk", chunked("0;a\n\r\n")},
    {"open quotes", chunked("3;a=\"b\r\nabc\r\n0\r\n\r\n")},
    {"more behind the quotes", chunked("3;a=\"b\"c\r\nabc\r\n0\r\n\r\n")},
    {"no name", chunked("3;\r\nabc\r\n0\r\n\r\n")},
    // Stricter than RFC 9112 sec. 7.1.1: docs/conformance.md says why.
    {"a space before it", chunked("3 ;a\r\nabc\r\n0\r\n\r\n")},
    {"a tab before it", chunked("3\t;a\r\nabc\r\n0\r\n\r\n")},
    {"a space before its name", chunked("3; a\r\nabc\r\n0\r\n\r\n")},
    {"a space behind its name", chunked("3;a =b\r\nabc\r\n0\r\n\r\n")},
    {"a space before its value", chunked("3;a= b\r\nabc\r\n0\r\n\r\n")},
    {"a space behind it", chunked("3;a=b \r\nabc\r\n0\r\n\r\n")},
    {"endless", chunked("3;" + std::string(5000, 'a') + "\r\nabc\r\n0\r\n\r\n")},
  });
}

TEST_CASE(
  "a trailer section is read as strictly as a header section and frames nothing (S18 S19)") {
  check_refused({
    {"LF", chunked("0\r\nX: a\n\r\n")},
    {"CR", chunked("0\r\nX: a\rY: b\r\n\r\n")},
    {"a fold", chunked("0\r\nX: a\r\n b\r\n\r\n")},
    {"a space before the colon", chunked("0\r\nX : a\r\n\r\n")},
    {"a space first", chunked("0\r\n X: a\r\n\r\n")},
    {"NUL", chunked("0\r\nX: \0\r\n\r\n"s)},
    {"a request line", chunked("0\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")},
    {"Content-Length", chunked("0\r\nContent-Length: 30\r\n\r\n")},
    {"Transfer-Encoding", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
    {"both", chunked("0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")},
  });
}

TEST_CASE("chunk extensions that are well formed are ignored (S19)") {
  const subject server;
  raw_client client{server.port()};
  client.send(chunked("3;a;b=c;d=\"e; \\\" f\"\r\nabc\r\n0;last\r\n\r\n"));
  CHECK(client.receive_response().ends_with("\r\n\r\nabc|"));
}

TEST_CASE("trailers are handed over apart and never as fields (S19)") {
  // What has no business among trailers is handed over as what it is: a trailer. Only what frames
  // a message is refused.
  const auto seen = std::make_shared<observed<std::string>>();
  router routes;
  routes.post("/", [seen](exchange& http) {
    return [](exchange& peer, auto note) -> task {
      while (auto piece = co_await peer.content().next()) {}
      std::string all;
      for (const auto line : peer.request().fields)
        all.append(line.name).append("=").append(line.value).append(";");
      all += "|";
      for (const auto line : peer.content().trailers())
        all.append(line.name).append("=").append(line.value).append(";");
      note->update([&](auto& text) { text = all; });
      co_await peer.respond(status::ok, std::move(all));
    }(http, seen);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n0\r\nHost: evil\r\nAuthorization: all\r\nConnection: close\r\nX: \r\n\r\n"
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.receive_response().ends_with(
    "\r\n\r\nHost=a;Transfer-Encoding=chunked;|Host=evil;Authorization=all;Connection=close;X=;"));
  CHECK(client.receive_response().ends_with("\r\n\r\nHost=a;Content-Length=0;|"));
}

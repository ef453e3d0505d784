// Shapes of request smuggling in the request line and the header section. What the end of a message
// is must be beyond doubt: whatever two implementations could read in two ways is refused, the
// connection ends, and nothing behind it becomes a request.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::string_literals;

namespace {

std::string post(std::string_view lines, std::string_view body = {}) {
  return "POST /sink HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n" + std::string{body};
}

} // namespace

TEST_CASE("Transfer-Encoding beside Content-Length is refused in either order (S18)") {
  check_refused({
    {"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG")},
    {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n")},
    {"TE.CL that agree", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
    {"CL of 0 and TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE of identity and CL", post("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc")},
    {"unknown TE and CL", post("Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n", "abc")},
    {"on a GET", "GET /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n0\r\n\r\n"},
    {"far apart",
     post("Content-Length: 5\r\nA: b\r\nC: d\r\nTRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n")},
    {"with Connection naming one",
     post("Connection: Transfer-Encoding\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "0\r\n\r\n")},
    {"with Connection naming the other",
     post("Connection: Content-Length\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "0\r\n\r\n")},
  });
}

TEST_CASE("Content-Length is one number or refused (S18)") {
  check_refused({
    {"twice and the same", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")},
    {"twice and not the same", post("Content-Length: 3\r\nContent-Length: 0\r\n", "abc")},
    {"a list of the same", post("Content-Length: 3, 3\r\n", "abc")},
    {"a list of different", post("Content-Length: 3,0\r\n", "abc")},
    {"a plus", post("Content-Length: +3\r\n", "abc")},
    {"a minus", post("Content-Length: -3\r\n", "abc")},
    {"minus zero", post("Content-Length: -0\r\n")},
    {"a space inside", post("Content-Length: 3 4\r\n", "abc")},
    {"a tab inside", post("Content-Length: 3\t4\r\n", "abc")},
    {"hexadecimal", post("Content-Length: 0x3\r\n", "abc")},
    {"hexadecimal digits", post("Content-Length: 3a\r\n", "abc")},
    {"a fraction", post("Content-Length: 3.0\r\n", "abc")},
    {"an exponent", post("Content-Length: 3e0\r\n", "abc")},
    {"an underscore", post("Content-Length: 1_0\r\n", "abc")},
    {"quotes", post("Content-Length: \"3\"\r\n", "abc")},
    {"nothing", post("Content-Length:\r\n", "abc")},
    {"2^64", post("Content-Length: 18446744073709551616\r\n", "abc")},
    {"2^64 + 3", post("Content-Length: 18446744073709551619\r\n", "abc")},
    {"26 digits", post("Content-Length: 99999999999999999999999999\r\n", "abc")},
    {"a digit of another script", post("Content-Length: \xd9\xa3\r\n", "abc")},
    {"a vertical tab", post("Content-Length: \v3\r\n", "abc")},
    {"NUL behind it", post("Content-Length: 3\0\r\n"s, "abc")},
  });
}

TEST_CASE("Transfer-Encoding is one chunked or refused (S18)") {
  check_refused({
    {"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {"chunkedx", post("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")},
    {"then identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
    {"then gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
    {"twice in lines",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"chunked then x", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n")},
    {"a tab inside", post("Transfer-Encoding: chunked\tx\r\n", "0\r\n\r\n")},
    {"gzip alone", post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n")},
    {"an unknown one, then chunked twice",
     post("Transfer-Encoding: gzip, chunked, chunked\r\n", "0\r\n\r\n")},
    {"an empty one first", post("Transfer-Encoding: gzip,, chunked\r\n", "0\r\n\r\n")},
    {"one that is no token", post("Transfer-Encoding: g zip, chunked\r\n", "0\r\n\r\n")},
    {"a vertical tab first", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n")},
    {"a vertical tab last", post("Transfer-Encoding: chunked\v\r\n", "0\r\n\r\n")},
    {"a form feed", post("Transfer-Encoding: chunked\f\r\n", "0\r\n\r\n")},
    {"a NUL", post("Transfer-Encoding: chunked\0\r\n"s, "0\r\n\r\n")},
    {"a no-break space", post("Transfer-Encoding: \xa0"
                              "chunked\r\n",
                              "0\r\n\r\n")},
    {"quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
    {"a parameter", post("Transfer-Encoding: chunked;a=b\r\n", "0\r\n\r\n")},
    {"a comma first", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n")},
    {"a comma last", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n")},
    {"nothing", post("Transfer-Encoding:\r\n", "0\r\n\r\n")},
    {"folded", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"folded behind", post("Transfer-Encoding: chunked\r\n , identity\r\n", "0\r\n\r\n")},
    {"a space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
    {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")},
    {"a space before the name", post(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"HTTP/1.0", "POST /sink HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"HTTP/1.0 kept alive", "POST /sink HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n0\r\n\r\n"},
  });
}

TEST_CASE("a coding that nobody has is 501 where chunked frames the content (RFC 9112 sec. 6.1)") {
  check_refused({
    {"gzip first", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501"},
    {"without a space", post("Transfer-Encoding: gzip,chunked\r\n", "0\r\n\r\n"), "501"},
    {"with a parameter", post("Transfer-Encoding: x;a=b , CHUNKED\r\n", "0\r\n\r\n"), "501"},
    {"identity first", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), "501"},
    {"in two lines", post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
     "501"},
    {"with Content-Length",
     post("Content-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "400"},
  });
}

TEST_CASE("tabs around what frames the content are whitespace (RFC 9110 sec. 5.6.3)") {
  for (const std::size_t read_size : {65536u, 1u, 7u}) {
    CAPTURE(read_size);
    subject server{[=](config& wishes) { wishes.limits.chunk_size = read_size; }};
    raw_client client{server.port()};
    const auto answer_to = [&](std::string_view lines, std::string_view body) {
      client.send(post(lines, body));
      return client.receive_response();
    };
    CHECK(answer_to("Content-Length: 3\t\r\n", "a\tb").ends_with("\r\n\r\na\tb|"));
    CHECK(answer_to("Content-Length:\t3 \t \t\r\nX:\ta\t\r\n", "\tab").ends_with("\r\n\r\n\tab|"));
    CHECK(answer_to("Transfer-Encoding: chunked\t\r\n", "3\r\na\tb\r\n0\r\n\r\n")
            .ends_with("\r\n\r\na\tb|"));
    CHECK(answer_to("Transfer-Encoding: \tchunked \t\r\n", "1\r\n\t\r\n0\r\nX:\t1\t2\t\r\n\r\n")
            .ends_with("\r\n\r\n\t|X=1\t2;"));
  }
}

TEST_CASE("a higher minor version is HTTP/1.1 (RFC 9110 sec. 2.5)") {
  const subject server;
  raw_client client{server.port()};
  client.send("GET / HTTP/1.2\r\nHost: a\r\n\r\n"
              "POST /sink HTTP/1.9\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n0\r\n\r\n");
  CHECK(client.receive_response().starts_with("HTTP/1.1 200 "));
  CHECK(client.receive_response().ends_with("\r\n\r\nabc|"));
  client.send("GET / HTTP/1.2\r\n\r\n"); // Host is owed as in HTTP/1.1
  CHECK(status_of(client.receive_all()) == "400");
}

TEST_CASE("a field line ends with CRLF and holds no control octet (S18)") {
  check_refused({
    {"NUL in a value", post("X: a\0b\r\n"s)},
    {"NUL in a name", post("X\0Y: a\r\n"s)},
    {"bare CR in a value", post("X: a\rContent-Length: 30\r\n")},
    {"bare CR before CRLF", post("X: a\r\r\n")},
    {"bare LF in a value", post("X: a\nContent-Length: 30\r\n")},
    {"bare LF behind Host", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {"bare LF for the blank line", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
    {"bare CR for the blank line", "GET / HTTP/1.1\r\nHost: a\r\n\rX"},
    {"LF everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
    {"a fold", post("X: a\r\n b\r\n")},
    {"a fold of whitespace only", post("X: a\r\n \r\n")},
    {"a fold of the first line", "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n"},
    {"no colon", post("X\r\n")},
    {"no name", post(": a\r\n")},
    {"a space in the name", post("Content Length: 3\r\n")},
    {"parentheses in the name", post("(X): a\r\n")},
    {"non-ASCII in the name", post("X\xc3\xbc: a\r\n")},
    {"a backspace in a value", post("X: a\bb\r\n")},
    {"DEL in a value", post("X: a\x7f\r\n")},
  });
}

TEST_CASE("the request line has three parts and single spaces (S18)") {
  check_refused({
    {"bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
    {"bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n"},
    {"two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"two spaces behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {"a space at the start", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a second request in the target", "GET / HTTP/1.1\r\n GET /hidden HTTP/1.1\r\n\r\n"},
    {"HTTP/0.9", "GET /\r\n"},
    {"HTTP/0.9 with a space", "GET / \r\n"},
    {"a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {"a version of two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
    {"a version with a comma", "GET / HTTP/1,1\r\nHost: a\r\n\r\n"},
    {"another protocol", "GET / ICAP/1.0\r\nHost: a\r\n\r\n"},
    {"HTTP/2.1", "GET / HTTP/2.1\r\nHost: a\r\n\r\n", "505"},
    {"HTTP/0.9 named", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505"},
    {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
    {"a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
    {"NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n"s},
    {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
    {"a control octet in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"DEL in the target", "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"an octet past ASCII in the target", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"no slash", "GET sink HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"a greeting of TLS", "\x16\x03\x01\x02"s},
  });
}

TEST_CASE("Host is there once and names a host (S20)") {
  check_refused({
    {"none", "GET / HTTP/1.1\r\n\r\n"},
    {"empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"two of the same", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
    {"two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {"userinfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"a scheme", "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"},
    {"two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
    {"a port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"},
    {"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    {"absolute-form without Host", "GET http://a/ HTTP/1.1\r\n\r\n"},
    {"absolute-form with a malformed Host", "GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n"},
    {"absolute-form with userinfo", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"absolute-form of another scheme", "GET gopher://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
  });
}

TEST_CASE("octets behind a CONNECT are never a request (S20)") {
  check_refused({
    {"a request", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "501"},
    {"HTTP/1.0 kept alive", "CONNECT a:80 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "501"},
    {"with Content-Length", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\n"},
    {"chunked", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"to a path", "CONNECT /sink HTTP/1.1\r\nHost: a\r\n\r\n"},
  });
}

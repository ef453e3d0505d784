// What a request parser makes of a message does not depend on how its octets arrive.

#include "tests/protocol/http/transcript.hpp"
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::http;

namespace {

void check_all_cuts(std::string_view message, const limits& bounds = {}) {
  CAPTURE(message);
  const auto whole = events_of(message, bounds);
  for (std::size_t cut = 1; cut < message.size(); ++cut) {
    CAPTURE(cut);
    CHECK(events_when_cut(message, cut, bounds) == whole);
  }
  for (std::size_t size = 1; size <= 7; ++size) {
    CAPTURE(size);
    CHECK(events_in_pieces(message, size, bounds) == whole);
  }
}

} // namespace

TEST_CASE("accepted messages give the same events however they are cut (S11)") {
  for (const auto message : sample::accepted) {
    check_all_cuts(message);
    CHECK(events_of(message).back().substr(0, 3) == "end");
  }
}

TEST_CASE("pipelined messages give the same events however they are cut (S11 S21)") {
  std::string message;
  for (const auto part : sample::accepted)
    message += part;
  check_all_cuts(message);
}

TEST_CASE("hundreds of tiny chunks give the same events however they are cut (S11)") {
  check_all_cuts(sample::tiny_chunks(300));
}

TEST_CASE("refused messages are refused for the same reason however they are cut (S18)") {
  for (const std::string_view message : {
         "XYZZY / HTTP/1.1\r\n\r\n",
         "PROPFIND / HTTP/1.1\r\n\r\n",
         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         "get / HTTP/1.1\r\n\r\n",
         "G\x01T / HTTP/1.1\r\n\r\n",
         "GET /\r\n\r\n",
         "GET / HTTP/3.0\r\n\r\n",
         "GET / HTTPS/1.1\r\n\r\n",
         "GET /a#b HTTP/1.1\r\n\r\n",
         "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
         "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: a\n\r\n",
         "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\na",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : a\r\n\r\n",
       }) {
    CHECK(events_of(message).back().substr(0, 5) == "error");
    check_all_cuts(message);
  }
}

TEST_CASE("limits are met at the same octet however a message is cut (S15)") {
  for (std::size_t bound = 1; bound <= 60; ++bound) {
    CAPTURE(bound);
    check_all_cuts(sample::rich_chunked_post, {.field_section = 2 * bound});
    check_all_cuts(sample::rich_chunked_post, {.trailer_section = bound});
    check_all_cuts(sample::rich_chunked_post, {.chunk_framing = bound});
    check_all_cuts("GET /0123456789\x01 HTTP/1.1\r\nHost: a\r\n\r\n", {.target = bound});
    check_all_cuts("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\nY : 1\r\n\r\n", {.field_count = bound});
    check_all_cuts(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;abcdefghijkl\x01",
      {.chunk_framing = bound});
  }
}

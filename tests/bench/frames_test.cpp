#include "bench/load/frames.hpp"

#include <doctest/doctest.h>

#include <string>

using bench::frame_scanner;
using namespace std::string_literals;

TEST_CASE("a client's frame is masked and has the shortest length") {
  CHECK(bench::masked_frame("", false) == "\x82\x80\x12\x9a\x5c\xe7"s);
  CHECK(bench::masked_frame("a", true)
        == "\x81\x81\x12\x9a\x5c\xe7"s + static_cast<char>('a' ^ 0x12));
  CHECK(bench::masked_frame(std::string(126, 'a'), true).substr(0, 4) == "\x81\xfe\0\x7e"s);
  CHECK(bench::masked_frame(std::string(65536, 'a'), true).substr(0, 10)
        == "\x81\xff\0\0\0\0\0\1\0\0"s);
}

TEST_CASE("a message ends with its last frame and control frames do not count") {
  // A fragment, a Ping, the rest.
  const auto octets = "\x01\x03"s + "hel"s + "\x89\x01"s + "p"s + "\x80\x02"s + "lo"s;
  for (std::size_t cut = 0; cut < octets.size(); ++cut) {
    CAPTURE(cut);
    frame_scanner scanner{"hello"};
    scanner.feed(std::string_view{octets}.substr(0, cut));
    CHECK_FALSE(scanner.take_message());
    scanner.feed(std::string_view{octets}.substr(cut));
    CHECK(scanner.take_message());
    CHECK_FALSE(scanner.take_message());
    CHECK_FALSE(scanner.is_broken());
  }
}

TEST_CASE("another message, a longer one, a shorter one and a Close are broken") {
  for (const auto& octets : {"\x81\x05hellO"s, "\x81\x06hello!"s, "\x81\x04hell"s, "\x88\x00"s}) {
    frame_scanner scanner{"hello"};
    scanner.feed(octets);
    CHECK(scanner.is_broken());
  }
}

TEST_CASE("only the answer to our key accepts a handshake") {
  CHECK(bench::accepts_handshake("HTTP/1.1 101 Switching Protocols\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
  CHECK_FALSE(bench::accepts_handshake("HTTP/1.1 101 Switching Protocols\r\n"
                                       "Sec-WebSocket-Accept: other\r\n\r\n"));
}

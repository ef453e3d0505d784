#include "bench/load/response_scanner.hpp"

#include <doctest/doctest.h>

using bench::response_scanner;

namespace {

constexpr std::string_view
  with_length = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 5\r\n\r\nhello";
constexpr std::string_view
  in_chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
              "chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n";

// Feeds `octets` in two pieces, as far as they are taken.
std::size_t feed_in_two(response_scanner& scanner, std::string_view octets, std::size_t cut) {
  auto taken = scanner.feed(octets.substr(0, cut));
  if (taken == cut)
    taken += scanner.feed(octets.substr(cut));
  return taken;
}

} // namespace

TEST_CASE("a response does not depend on how its octets arrive") {
  for (const auto octets : {with_length, in_chunks})
    for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
      CAPTURE(cut);
      response_scanner scanner;
      CHECK(feed_in_two(scanner, octets, cut) == octets.size());
      CHECK(scanner.is_complete());
      CHECK(scanner.status() == 200);
      CHECK(scanner.length() == 5);
      CHECK(scanner.content() == "hello");
    }
}

TEST_CASE("what follows a response is left to the next") {
  const auto two = std::string{with_length} + std::string{in_chunks};
  response_scanner scanner;
  CHECK(scanner.feed(two) == with_length.size());
  scanner.next();
  CHECK(scanner.feed(std::string_view{two}.substr(with_length.size())) == in_chunks.size());
  CHECK(scanner.is_complete());
}

TEST_CASE("an interim response is skipped") {
  response_scanner scanner;
  scanner.feed("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK_FALSE(scanner.is_complete());
  scanner.feed(with_length);
  CHECK(scanner.is_complete());
  CHECK(scanner.status() == 200);
}

TEST_CASE("a switch of protocols ends with its head") {
  constexpr std::string_view
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  response_scanner scanner;
  CHECK(scanner.feed(std::string{head} + "frames") == head.size());
  CHECK(scanner.is_complete());
  CHECK(scanner.head() == head);
}

TEST_CASE("a response without length and what is none are broken") {
  for (const std::string_view octets : {"HTTP/1.1 200 OK\r\n\r\n", "hello\r\n\r\n"}) {
    response_scanner scanner;
    scanner.feed(octets);
    CHECK(scanner.is_broken());
  }
}

#include "tests/protocol/websocket/deflate_wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

std::string compressed(session& peer, std::string_view content) {
  return peer.compress(as_octets(content), true);
}

} // namespace

TEST_CASE("zlib holds no more than the bound whatever the options (S61)") {
  const auto content = noise(40'000) + std::string(40'000, 'x');
  for (int bits = 9; bits <= 15; ++bits)
    for (int level = 1; level <= 9; ++level)
      for (const int effort : {1, 9}) {
        CAPTURE(bits);
        CAPTURE(level);
        CAPTURE(effort);
        deflate_options terms;
        terms.server_max_window_bits = bits;
        terms.client_max_window_bits = bits;
        terms.memory_level = level;
        terms.compression_level = effort;
        session peer{{}, terms};
        std::size_t most = 0;
        for (auto i = 0; i < 2; ++i) {
          static_cast<void>(compressed(peer, content));
          most = std::max(most, peer.deflate_memory());
          events seen;
          feed(peer, frame(0xc2, compressor{bits}.message(content)), seen);
          CHECK(seen.size() == 1);
          most = std::max(most, peer.deflate_memory());
        }
        CHECK(most <= deflate_memory(terms));
        CHECK(most + 16 * 1024 > deflate_memory(terms)); // a bound, but not just any
      }
}

TEST_CASE("the default bound is the one that the documentation names (S61)") {
  CHECK(deflate_memory({}) == std::size_t{308} * 1024);
}

TEST_CASE("zlib holds nothing before a message is compressed (S61)") {
  session peer{{}, deflate_options{}};
  events seen;
  feed(peer, frame(0x81, "plain"), seen);
  CHECK(peer.deflate_memory() == 0);
  feed(peer, deflated("Hello"), seen);
  CHECK(peer.deflate_memory() > 32'768);
  CHECK(seen == events{"text: plain", "text: Hello"});
}

TEST_CASE("without takeover an idle session gives zlib's memory back (S61)") {
  deflate_options terms;
  terms.client_no_context_takeover = terms.server_no_context_takeover = true;
  session peer{{}, terms};
  events seen;
  const auto message = deflated("Hello");
  feed(peer, message.substr(0, message.size() - 1), seen);
  CHECK(peer.deflate_memory() > 0);
  feed(peer, message.substr(message.size() - 1) + message, seen);
  CHECK(seen == events{"text: Hello", "text: Hello"});
  CHECK(peer.deflate_memory() == 0);
  CHECK_FALSE(peer.compress(as_octets("Hello"), false).empty());
  CHECK(peer.deflate_memory() > 0);
  static_cast<void>(compressed(peer, "Hello"));
  CHECK(peer.deflate_memory() == 0);
}

TEST_CASE("without takeover a message that our Close drops gives zlib's memory back (S35 S61)") {
  deflate_options terms;
  terms.client_no_context_takeover = true;
  const auto message = deflated("Hello");
  for (const auto left : {1U, 3U}) { // in its payload data
    session peer{{}, terms};
    events seen;
    feed(peer, message.substr(0, message.size() - left), seen);
    CHECK(peer.deflate_memory() > 0);
    peer.close(close_code::normal, "");
    feed(peer, message.substr(message.size() - left), seen);
    CHECK(peer.deflate_memory() == 0);
    CHECK(seen.empty());
  }
}

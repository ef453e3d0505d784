#include "tests/protocol/websocket/deflate_wire.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

std::string whole(session& peer, std::string_view content) {
  return peer.compress(as_octets(content), true);
}

} // namespace

TEST_CASE("a message goes out as RFC 7692 sec. 7.2.3.1 and 7.2.3.2 show") {
  session peer{{}, deflate_options{}};
  CHECK(to_hex(whole(peer, "Hello")) == "f2 48 cd c9 c9 07 00");
  CHECK(to_hex(whole(peer, "Hello")) == "f2 00 11 00 00");
}

TEST_CASE("without takeover every message begins anew (RFC 7692 sec. 7.1.1.1)") {
  deflate_options terms;
  terms.server_no_context_takeover = true;
  session peer{{}, terms};
  CHECK(to_hex(whole(peer, "Hello")) == "f2 48 cd c9 c9 07 00");
  CHECK(to_hex(whole(peer, "Hello")) == "f2 48 cd c9 c9 07 00");
}

TEST_CASE("an empty message is one octet (RFC 7692 sec. 7.2.3.6)") {
  session peer{{}, deflate_options{}};
  CHECK(to_hex(whole(peer, "")) == "00");
  CHECK(to_hex(whole(peer, "Hello")) == "f2 48 cd c9 c9 07 00");
  CHECK(to_hex(whole(peer, "")) == "00");
  CHECK(peer.compress({}, false).empty());
  CHECK(to_hex(whole(peer, "")) == "00");
}

TEST_CASE("RSV1 stands on the first frame only (RFC 7692 sec. 6)") {
  const auto header = [](bool is_first, bool is_last) {
    return to_hex(
      data_frame_header(message_kind::text, is_first, is_last, 5, compression::deflate));
  };
  CHECK(header(true, true) == "c1 05");
  CHECK(header(true, false) == "41 05");
  CHECK(header(false, false) == "00 05");
  CHECK(header(false, true) == "80 05");
  CHECK(to_hex(data_frame_header(message_kind::binary, true, true, 200, compression::deflate))
        == "c2 7e 00 c8");
}

TEST_CASE(
  "a recipient can inflate each piece at once and all of them together (RFC 7692 sec. 7.2.1)") {
  session peer{{}, deflate_options{}};
  decompressor whole_messages;
  decompressor pieces;
  for (const auto& message : std::vector<std::vector<std::string>>{
         {"Hello"},
         {"Hello", ", Hello", "!"},
         {"", "a", "", "Hello", ""},
         {noise(70'000), std::string(70'000, 'x'), noise(20)},
         {"Hello"},
       }) {
    std::string content;
    std::string payload;
    for (std::size_t i = 0; i < message.size(); ++i) {
      content += message[i];
      const auto piece = peer.compress(as_octets(message[i]), i + 1 == message.size());
      CHECK(pieces.run(piece) == message[i]);
      payload += piece;
    }
    CHECK(pieces.run(std::string_view{"\x00\x00\xff\xff", 4}).empty());
    CHECK(whole_messages.message(payload) == content);
  }
}

TEST_CASE(
  "messages of every size come through both sessions and every window (RFC 7692 sec. 7.2)") {
  for (const int bits : {9, 11, 15})
    for (const bool takes_over : {true, false}) {
      CAPTURE(bits);
      CAPTURE(takes_over);
      deflate_options terms;
      terms.server_max_window_bits = bits;
      terms.server_no_context_takeover = !takes_over;
      session peer{{}, terms};
      decompressor client{bits};
      for (std::size_t size = 1; size < 300'000; size = size * 3 + 1) {
        for (const auto& content : {noise(size), std::string(size, 'x')})
          CHECK((client.message(whole(peer, content)) == content));
        if (!takes_over)
          client.reset();
      }
    }
}

TEST_CASE("small messages go out as they are (deflate_options.hpp)") {
  deflate_options terms;
  const session by_default{{}, terms};
  CHECK_FALSE(by_default.should_compress(63));
  CHECK(by_default.should_compress(64));
  terms.smallest = 0;
  const session all{{}, terms};
  CHECK_FALSE(all.should_compress(0));
  CHECK(all.should_compress(1));
  const session none{{}};
  CHECK_FALSE(none.has_deflate());
  CHECK_FALSE(none.should_compress(1000));
}

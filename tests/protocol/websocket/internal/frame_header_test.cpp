#include "sluice/protocol/websocket/internal/frame_header.hpp"

#include "tests/protocol/websocket/wire.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::websocket::internal;
using sluice::websocket::wire::from_hex;
using sluice::websocket::wire::to_hex;

TEST_CASE("a frame header ends where its length and mask say (RFC 6455 sec. 5.2)") {
  for (const std::string_view digits :
       {"81 00", "81 85 37 fa 21 3d", "82 7e 01 00", "82 fe 01 00 37 fa 21 3d",
        "82 7f 00 00 00 00 00 01 00 00", "82 ff 00 00 00 00 00 01 00 00 37 fa 21 3d"}) {
    CAPTURE(digits);
    const auto octets = from_hex(digits);
    const auto followed = octets + "payload";
    for (std::size_t cut = 0; cut < octets.size(); ++cut) {
      CAPTURE(cut);
      frame_header header;
      auto first = as_octets(followed).first(cut);
      CHECK_FALSE(header.take_from(first));
      CHECK(first.empty());
      auto rest = as_octets(followed).subspan(cut);
      CHECK(header.take_from(rest));
      CHECK(as_text(rest) == "payload");
      CHECK(to_hex(as_text(header.view())) == digits);
    }
  }
}

TEST_CASE("unmasking starts anywhere in the key (RFC 6455 sec. 5.3)") {
  const masking_key key{std::byte{0x01}, std::byte{0x20}, std::byte{0x43}, std::byte{0x84}};
  for (std::size_t phase = 0; phase < 9; ++phase) {
    for (std::size_t size = 0; size < 35; ++size) {
      std::string masked;
      for (std::size_t i = 0; i < size; ++i)
        masked += static_cast<char>('a' ^ std::to_integer<int>(key[(phase + i) % 4]));
      std::string plain(size, '?');
      unmask(as_octets(masked), reinterpret_cast<std::byte*>(plain.data()), key, phase);
      CAPTURE(phase);
      CHECK(plain == std::string(size, 'a'));
    }
  }
}

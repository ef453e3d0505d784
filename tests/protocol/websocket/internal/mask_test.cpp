#include "sluice/protocol/websocket/internal/mask.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::websocket::internal;

namespace {

constexpr masking_key key{std::byte{0x01}, std::byte{0xa0}, std::byte{0x43}, std::byte{0x84}};
constexpr char untouched = '#';

/// By the letter of RFC 6455 sec. 5.3.
std::string masked_plainly(std::string_view text, std::size_t phase) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
    result += static_cast<char>(static_cast<unsigned char>(text[i])
                                ^ std::to_integer<unsigned>(key[(phase + i) % 4]));
  return result;
}

/// `size` octets, all different from their neighbours.
std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text += static_cast<char>(1 + i * 7 % 127);
  return text;
}

/// Every length up to 200, and those around what is moved in one stride.
std::vector<std::size_t> lengths() {
  std::vector<std::size_t> all;
  for (std::size_t size = 0; size <= 200; ++size)
    all.push_back(size);
  for (const std::size_t stride : {256U, 512U})
    for (std::size_t size = stride - 2; size <= stride + 42; ++size)
      all.push_back(size);
  return all;
}

/// Unmasks `masked` between two addresses with these offsets; octets around the target must stay.
template <class Unmask>
std::string between(std::string_view masked, std::size_t from, std::size_t to, Unmask unmask_to) {
  alignas(64) char source[1024];
  alignas(64) char target[1024];
  masked.copy(source + from, masked.size());
  std::fill(std::begin(target), std::end(target), untouched);
  unmask_to(as_octets({source + from, masked.size()}), reinterpret_cast<std::byte*>(target + to));
  std::string around{target, to};
  around.append(target + to + masked.size(), std::end(target));
  CHECK(around == std::string(around.size(), untouched));
  return {target + to, masked.size()};
}

} // namespace

TEST_CASE("payload data of every length is unmasked at every address (RFC 6455 sec. 5.3)") {
  for (const auto size : lengths()) {
    const auto text = sample(size);
    for (std::size_t offset = 0; offset < 33; ++offset) {
      const auto phase = offset + size; // any will do, as long as all four come up
      const auto masked = masked_plainly(text, phase);
      CAPTURE(size);
      CAPTURE(offset);
      REQUIRE(
        between(masked, offset, 0,
                [&](octet_view source, std::byte* target) { unmask(source, target, key, phase); })
        == text);
      REQUIRE(between(masked, 3, offset,
                      [&](octet_view source, std::byte* target) {
                        REQUIRE(unmask_text(source, target, key, phase));
                      })
              == text);
    }
  }
}

TEST_CASE("the key is turned to where the piece begins (RFC 6455 sec. 5.3)") {
  for (std::uint64_t phase = 0; phase < 9; ++phase) {
    for (const std::size_t size : {1U, 5U, 8U, 31U, 32U, 45U, 300U}) {
      const auto text = sample(size);
      CAPTURE(phase);
      REQUIRE(between(masked_plainly(text, phase), 0, 0,
                      [&](octet_view source, std::byte* target) {
                        unmask(source, target, key, (std::uint64_t{1} << 40U) + phase);
                      })
              == text);
    }
  }
}

TEST_CASE("an octet that is not ASCII is seen wherever it stands (S36)") {
  for (const auto size : lengths()) {
    for (std::size_t at = 0; at < size; ++at) {
      auto text = sample(size);
      text[at] = '\x80';
      const auto masked = masked_plainly(text, at);
      CAPTURE(size);
      CAPTURE(at);
      std::string plain(size, untouched);
      REQUIRE_FALSE(
        unmask_text(as_octets(masked), reinterpret_cast<std::byte*>(plain.data()), key, at));
      REQUIRE(plain == text);
    }
  }
}

#include "sluice/protocol/websocket/internal/ascii.hpp"

#include "sluice/protocol/websocket/internal/wide.hpp"

#include <bit>

namespace sluice::websocket::internal {
namespace {

/// What is looked at before it is asked whether all of it was ASCII.
constexpr std::size_t stride = 8 * sizeof(wide);

/// Where the first stride begins that is not all ASCII, or too short.
[[gnu::always_inline]] inline std::size_t pure_strides(octet_view text) noexcept {
  std::size_t at = 0;
  for (; text.size() - at >= stride; at += stride) {
    wide seen{};
#pragma GCC unroll 8
    for (std::size_t i = 0; i < stride; i += sizeof(wide)) {
      wide value;
      load(value, text.data() + at + i);
      seen |= value;
    }
    if (((seen[0] | seen[1] | seen[2] | seen[3]) & high_bits) != 0)
      break;
  }
  return at;
}

std::size_t pure_strides_anywhere(octet_view text) noexcept {
  return pure_strides(text);
}

SLUICE_AVX2 std::size_t pure_strides_by_avx2(octet_view text) noexcept {
  return pure_strides(text);
}

/// How many octets of the word, in the order of their addresses, come before the first with its
/// high bit set. @pre `found` has such bits and no others
std::size_t octets_before(std::uint64_t found) noexcept {
  const auto bits = std::endian::native == std::endian::little ? std::countr_zero(found)
                                                               : std::countl_zero(found);
  return static_cast<std::size_t>(bits) / 8;
}

} // namespace

std::size_t ascii_prefix(octet_view text) noexcept {
  // Where ASCII and other characters take turns, a stride would be looked at in vain.
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    if (at == 2 * sizeof word && text.size() - at >= stride) {
      at += has_avx2() ? pure_strides_by_avx2(text.subspan(at))
                       : pure_strides_anywhere(text.subspan(at));
      if (text.size() - at < sizeof word)
        break;
    }
    load(word, text.data() + at);
    if ((word & high_bits) != 0)
      return at + octets_before(word & high_bits);
  }
  while (at < text.size() && std::to_integer<unsigned>(text[at]) < 0x80)
    ++at;
  return at;
}

} // namespace sluice::websocket::internal

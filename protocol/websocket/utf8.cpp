#include "sluice/protocol/websocket/utf8.hpp"

#include "sluice/protocol/websocket/internal/ascii.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace sluice::websocket {
namespace {

constexpr std::size_t longest_character = 4;

/// Four octets as one number, the first the most significant.
[[gnu::always_inline]] inline std::uint32_t four_octets(const std::byte* text) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, text, sizeof word);
  return std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
}

/// The octets of the character that `word` begins with; 0 if it is none. The table is that of
/// `accept_lead`, for whole characters. @pre the first octet is not ASCII
[[gnu::always_inline]] inline std::size_t size_of_character(std::uint32_t word) noexcept {
  if ((word & 0xf0c0c000U) == 0xe0808000U) // neither overlong nor a surrogate
    return word >= 0xe0a00000U && (word & 0xffe00000U) != 0xeda00000U ? 3 : 0;
  if ((word & 0xe0c00000U) == 0xc0800000U)
    return word >= 0xc2000000U ? 2 : 0;
  if ((word & 0xf8c0c0c0U) == 0xf0808080U)
    return word >= 0xf0900000U && word < 0xf4900000U ? 4 : 0;
  return 0;
}

} // namespace

bool utf8_validator::feed(octet_view text) noexcept {
  std::size_t at = 0;
  for (; missing_ != 0 && at < text.size(); ++at)
    if (!accept(std::to_integer<std::uint8_t>(text[at])))
      return false;
  while (text.size() - at >= longest_character) {
    const auto word = four_octets(text.data() + at);
    if ((word & 0x80000000U) == 0) {
      at += internal::ascii_prefix(text.subspan(at));
      continue;
    }
    const auto size = size_of_character(word);
    if (size == 0)
      return false;
    at += size;
  }
  for (; at < text.size(); ++at) // may cut a character
    if (!accept(std::to_integer<std::uint8_t>(text[at])))
      return false;
  return true;
}

bool utf8_validator::accept(std::uint8_t octet) noexcept {
  if (missing_ == 0)
    return octet < 0x80 || accept_lead(octet);
  if (octet < low_ || octet > high_)
    return false;
  --missing_;
  low_ = 0x80;
  high_ = 0xbf;
  return true;
}

// The table of RFC 3629 sec. 4: only the octet after the lead octet has a narrower range
// than 80..BF.
bool utf8_validator::accept_lead(std::uint8_t octet) noexcept {
  if (octet < 0xc2 || octet > 0xf4)
    return false;
  if (octet < 0xe0) {
    missing_ = 1;
  } else if (octet < 0xf0) {
    missing_ = 2;
    low_ = octet == 0xe0 ? 0xa0 : 0x80;  // below: overlong
    high_ = octet == 0xed ? 0x9f : 0xbf; // above: surrogates
  } else {
    missing_ = 3;
    low_ = octet == 0xf0 ? 0x90 : 0x80;  // below: overlong
    high_ = octet == 0xf4 ? 0x8f : 0xbf; // above: past U+10FFFF
  }
  return true;
}

bool is_utf8(octet_view text) noexcept {
  utf8_validator validator;
  return validator.feed(text) && validator.is_complete();
}

} // namespace sluice::websocket

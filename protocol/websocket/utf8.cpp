#include "protocol/websocket/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace sluice::websocket {
namespace {

constexpr std::size_t word_size = sizeof(std::uint64_t);

bool is_ascii_word(const std::byte* octets) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, octets, word_size);
  return (word & 0x8080808080808080U) == 0;
}

} // namespace

bool utf8_validator::feed(octet_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (missing_ == 0 && text.size() - at >= word_size && is_ascii_word(text.data() + at)) {
      at += word_size;
      continue;
    }
    if (!accept(std::to_integer<std::uint8_t>(text[at])))
      return false;
    ++at;
  }
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

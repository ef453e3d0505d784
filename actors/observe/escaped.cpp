#include "sluice/actors/observe/escaped.hpp"

namespace sluice {

void append_escaped(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const auto character : text) {
    const auto octet = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      to += '\\';
      to += character;
    } else if (octet < 0x20 || octet > 0x7e) {
      to += "\\x";
      to += digits[octet >> 4U];
      to += digits[octet & 15U];
    } else {
      to += character;
    }
  }
}

} // namespace sluice

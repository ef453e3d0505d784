#include "sluice/server/top/terminal_text.hpp"

#include <algorithm>

namespace sluice {

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string safe;
  safe.reserve(text.size());
  for (const auto each : text) {
    const auto octet = static_cast<unsigned char>(each);
    if (octet >= 0x20 && octet < 0x7f) {
      safe += each;
    } else {
      safe += "\\x";
      safe += digits[octet >> 4U];
      safe += digits[octet & 0xfU];
    }
  }
  return safe;
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (text.size() <= columns)
    return std::string{text};
  if (columns == 0)
    return {};
  return std::string{text.substr(0, columns - 1)} + '+';
}

std::vector<std::string> wrap_words(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (columns > 0 && !text.empty()) {
    auto end = text.size();
    if (end > columns) {
      const auto blank = text.rfind(' ', columns);
      end = blank == std::string_view::npos || blank == 0 ? columns : blank;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return lines;
}

} // namespace sluice

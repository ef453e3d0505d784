#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How our own readers take text apart, without the engines' help.
namespace sluice::fuzz {

/// `text` in lower case.
inline std::string lowered(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// `text` without spaces and tabs around it.
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// What stands between the `separator`s of `text`: one more than there are of them.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != separator)
      continue;
    out.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  return out;
}

/// Whether `text` is a token. RFC 9110 sec. 5.6.2
inline bool is_plain_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f
           && std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(c) == std::string_view::npos;
  });
}

/// `text` with each %XX replaced by its octet; nothing if one is broken.
inline std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (text.size() - at < 3)
      return std::nullopt;
    const auto both = lowered(text.substr(at + 1, 2));
    const auto high = digits.find(both[0]);
    const auto low = digits.find(both[1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

/// Every octet of `text` as its escape.
inline std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += '%';
    out += digits[octet >> 4U];
    out += digits[octet & 0x0fU];
  }
  return out;
}

} // namespace sluice::fuzz

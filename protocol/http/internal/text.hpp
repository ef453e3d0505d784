#pragma once

#include <string_view>

namespace sluice::http::internal {

/// `text` without the spaces and tabs at its ends: OWS of RFC 9110 sec. 5.6.3.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view whitespace = " \t";
  const auto first = text.find_first_not_of(whitespace);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(whitespace) - first + 1);
}

} // namespace sluice::http::internal

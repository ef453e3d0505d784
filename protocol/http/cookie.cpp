#include "sluice/protocol/http/cookie.hpp"

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/internal/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace sluice {

namespace {

/// cookie-octet of RFC 6265 sec. 4.1.1, which leaves out quotes, commas, semicolons and
/// backslashes.
bool is_cookie_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view{"\",;\\"}.find(c) == std::string_view::npos;
  });
}

bool is_attribute_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

std::string_view name_of(same_site value) noexcept {
  switch (value) {
    case same_site::lax: return "Lax";
    case same_site::strict: return "Strict";
    case same_site::none: break;
  }
  return "None";
}

} // namespace

void set_cookie(fields& head, const cookie& what) {
  if (!is_token(what.name))
    throw std::invalid_argument{"a cookie's name is a token, not '" + what.name + '\''};
  if (!is_cookie_value(what.value))
    throw std::invalid_argument{"the value of the cookie '" + what.name
                                + "' holds what has to be encoded"};
  if (!is_attribute_value(what.path) || !is_attribute_value(what.domain))
    throw std::invalid_argument{"the path or domain of the cookie '" + what.name
                                + "' can't be sent"};
  auto line = what.name + '=' + what.value;
  if (!what.path.empty())
    line += "; Path=" + what.path;
  if (!what.domain.empty())
    line += "; Domain=" + what.domain;
  if (what.max_age)
    line += "; Max-Age=" + std::to_string(what.max_age->count());
  if (what.http_only)
    line += "; HttpOnly";
  if (what.secure)
    line += "; Secure";
  line.append("; SameSite=").append(name_of(what.from));
  head.add("Set-Cookie", line);
}

std::optional<std::string_view> http::find_cookie(const fields& head,
                                                  std::string_view name) noexcept {
  for (const auto line : head) {
    if (!equals_ignoring_case(line.name, "cookie"))
      continue;
    for (auto rest = line.value; !rest.empty();) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = internal::trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || pair.substr(0, equals) != name)
        continue;
      const auto value = pair.substr(equals + 1);
      // The quotes are part of the pair's syntax, not of its value.
      return value.size() >= 2 && value.front() == '"' && value.back() == '"'
               ? value.substr(1, value.size() - 2)
               : value;
    }
  }
  return std::nullopt;
}

} // namespace sluice

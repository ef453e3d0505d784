#include "sluice/protocol/http/media_type.hpp"

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/internal/text.hpp"

#include <algorithm>
#include <utility>

namespace sluice::http {

namespace {

std::string lower(std::string_view text) {
  std::string made{text};
  std::transform(made.begin(), made.end(), made.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return made;
}

/// Takes a quoted string off the front of `text`. RFC 9110 sec. 5.6.4
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string unquoted;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return unquoted;
    }
    // Browsers do not escape backslashes in file names: only a quote is escaped.
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\'))
      ++i;
    unquoted += text[i];
  }
  return std::nullopt;
}

std::string_view take_until(std::string_view& text, std::string_view ends) noexcept {
  const auto taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

} // namespace

std::optional<std::string_view> parameterized::find(std::string_view name) const noexcept {
  for (const auto& [key, text] : parameters)
    if (key == name)
      return text;
  return std::nullopt;
}

std::optional<parameterized> parse_parameterized(std::string_view text) {
  parameterized made;
  made.value = lower(internal::trimmed(take_until(text, ";")));
  if (made.value.empty())
    return std::nullopt;
  while (!text.empty()) {
    text = internal::trimmed(text.substr(1)); // behind the semicolon
    if (text.empty() || text.front() == ';')  // an empty parameter is none
      continue;
    const auto spelled = internal::trimmed(take_until(text, "=;"));
    if (!is_token(spelled) || !text.starts_with('='))
      return std::nullopt;
    auto name = lower(spelled);
    if (made.parameters.size() == most_parameters || made.find(name))
      return std::nullopt; // twice is as good as malformed: readers would differ on which holds
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      auto quoted = take_quoted(text);
      if (!quoted || !internal::trimmed(take_until(text, ";")).empty())
        return std::nullopt;
      made.parameters.emplace_back(std::move(name), *std::move(quoted));
    } else {
      const auto bare = internal::trimmed(take_until(text, ";"));
      if (bare.empty() || bare.find('"') != std::string_view::npos)
        return std::nullopt;
      made.parameters.emplace_back(std::move(name), bare);
    }
  }
  return made;
}

std::optional<parameterized> content_type_of(const fields& head) {
  const auto line = head.find("Content-Type");
  return line && head.count("Content-Type") == 1 ? parse_parameterized(*line) : std::nullopt;
}

bool has_media_type(const fields& head, std::string_view type) {
  const auto own = content_type_of(head);
  return own && own->value == type;
}

} // namespace sluice::http

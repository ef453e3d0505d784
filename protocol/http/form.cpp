#include "sluice/protocol/http/form.hpp"

#include "sluice/protocol/http/target.hpp"

namespace sluice {

std::optional<form> form::parse(std::string_view text) {
  form made;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto name = http::form_decode(pair.substr(0, equals));
    auto value = http::form_decode(equals == std::string_view::npos ? std::string_view{}
                                                                    : pair.substr(equals + 1));
    if (!name || !value)
      return std::nullopt;
    made.fields_.emplace_back(*std::move(name), *std::move(value));
  }
  return made;
}

std::optional<std::string_view> form::find(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_)
    if (key == name)
      return value;
  return std::nullopt;
}

std::vector<std::string_view> form::all(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : fields_)
    if (key == name)
      found.emplace_back(value);
  return found;
}

} // namespace sluice

#pragma once

#include "sluice/protocol/http/fields.hpp"
#include "tests/fuzz/text.hpp"

#include <string>
#include <string_view>

namespace sluice::fuzz {

/// The lines of `text` as a header section, values trimmed as a parser trims them. A line without a
/// colon is left out.
inline fields section_of(std::string_view text) {
  fields made;
  for (const auto line : split(text, '\n'))
    if (const auto colon = line.find(':'); colon != std::string_view::npos)
      made.add(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  return made;
}

/// The values of every line called `name`, which is in lower case.
inline std::vector<std::string_view> values_of(const fields& head, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto line : head)
    if (lowered(line.name) == name)
      out.push_back(line.value);
  return out;
}

} // namespace sluice::fuzz

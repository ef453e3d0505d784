#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text` fit to stand in quotes on one line of ASCII: a quote and a backslash get a backslash,
/// octets outside printable ASCII are \xNN.
void append_escaped(std::string& to, std::string_view text);

} // namespace sluice

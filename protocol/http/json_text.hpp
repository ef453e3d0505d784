#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// `text` as a JSON string, in its quotes. Octets that are not UTF-8 are replaced. `is_ascii`: all
/// that is no printable ASCII is escaped. RFC 8259 sec. 7
[[nodiscard]] std::string json_quoted(std::string_view text, bool is_ascii = false);

} // namespace sluice

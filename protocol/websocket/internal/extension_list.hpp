#pragma once

#include "sluice/protocol/http/fields.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::websocket::internal {

struct extension_parameter {
  std::string_view name;            ///< views the field
  std::optional<std::string> value; ///< without quotes
};

/// One element of Sec-WebSocket-Extensions.
struct extension {
  std::string_view name; ///< views the field
  std::vector<extension_parameter> parameters;
};

/// All elements of every Sec-WebSocket-Extensions line, in order; nothing if one breaks the
/// grammar. Empty elements are ignored, and whitespace may stand around every separator, as in all
/// lists of that time. Source: RFC 6455 sec. 9.1
[[nodiscard]] std::optional<std::vector<extension>> parse_extensions(const fields& head);

} // namespace sluice::websocket::internal

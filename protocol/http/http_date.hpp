#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// `seconds` since 1970 as in "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale. RFC 9110
/// sec. 5.6.7
/// @pre the year has four digits
[[nodiscard]] std::string format_http_date(std::time_t seconds);

/// Reads any of the three forms that HTTP has had: "Sun, 06 Nov 1994 08:49:37 GMT",
/// "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994". RFC 9110 sec. 5.6.7
/// The name of the weekday is not checked.
/// @param now decides which century a year of two digits belongs to
[[nodiscard]] std::optional<std::time_t> parse_http_date(std::string_view text, std::time_t now);

} // namespace sluice

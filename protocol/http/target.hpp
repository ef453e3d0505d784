#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http {

/// How a request names its resource. RFC 9112 sec. 3.2
enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

/// The parts of a request target. Views into the text that was parsed.
struct target {
  target_form form = target_form::origin;
  std::string_view authority; ///< absolute and authority form only
  std::string_view path;      ///< starts with '/', still percent-encoded; "*" for the asterisk form
  std::string_view query;     ///< without the '?', still percent-encoded
};

/// Splits a request target; nothing is decoded. A fragment, a space or a control character is
/// malformed.
/// @returns nothing when `text` is none of the four forms
[[nodiscard]] std::optional<target> parse_target(std::string_view text) noexcept;

/// Replaces each %XX by its octet. @returns nothing for a broken or truncated escape. RFC 3986
/// sec. 2.1
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// The same for application/x-www-form-urlencoded, where '+' is a space.
[[nodiscard]] std::optional<std::string> form_decode(std::string_view text);

/// The value of `name` in a query of the form a=1&b=2, decoded ('+' is a space); the first one
/// wins.
/// @returns nothing when it is absent or its escapes are broken
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);

/// Whether a query has a parameter called `name`, also one whose value can't be decoded.
[[nodiscard]] bool has_query_parameter(std::string_view query, std::string_view name);

/// Whether `text` is a valid Host field value: uri-host [":" port]. RFC 9110 sec. 7.2
[[nodiscard]] bool is_host(std::string_view text) noexcept;

} // namespace sluice::http

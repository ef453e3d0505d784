#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {
class fields;
}

namespace sluice::http {

/// Parameters that a value may have: what comes in heads has three at most.
inline constexpr std::size_t most_parameters = 32;

/// A value with parameters: `text/html; charset=utf-8`, or `form-data; name="a"`.
/// RFC 9110 sec. 5.6.6, 8.3.1; RFC 6266 sec. 4
struct parameterized {
  std::string value;                                           ///< in lower case
  std::vector<std::pair<std::string, std::string>> parameters; ///< names in lower case

  /// The first parameter called `name`, which is in lower case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
};

/// Reads one; quoted values are unquoted. @returns nothing when it is malformed, or has more than
/// most_parameters
[[nodiscard]] std::optional<parameterized> parse_parameterized(std::string_view text);

/// The Content-Type of `head`; nothing when there is none or more than one, or it is malformed.
[[nodiscard]] std::optional<parameterized> content_type_of(const fields& head);

/// Whether the one Content-Type of `head` is `type`, whatever its parameters.
[[nodiscard]] bool has_media_type(const fields& head, std::string_view type);

} // namespace sluice::http

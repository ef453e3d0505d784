#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// The methods of RFC 9110 sec. 9.3 and PATCH (RFC 5789). Any other token is answered 501.
enum class method : std::uint8_t { get, head, post, put, del, connect, options, trace, patch };

/// The method's token as it stands on the request line, e.g. "DELETE" for `method::del`.
[[nodiscard]] std::string_view to_string(method value) noexcept;

/// The method that `token` names; methods are case-sensitive. RFC 9110 sec. 9.1
[[nodiscard]] std::optional<method> method_of(std::string_view token) noexcept;

} // namespace sluice

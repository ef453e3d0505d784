#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

/// A run of octets of a representation.
struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

/// What a Range field asks for.
struct range_request {
  enum class kind { whole, part, unsatisfiable };
  kind wanted = kind::whole;
  byte_range part; ///< for kind::part: not empty, within the representation
};

/// Reads a Range field for a representation of `size` octets. Malformed ranges, other units and
/// more than one range ask for the whole, as RFC 9110 sec. 14.2 allows.
[[nodiscard]] range_request parse_range(std::string_view value, std::uint64_t size) noexcept;

/// Reads a decimal number that is nothing but digits and fits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

} // namespace sluice

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// One segment of a route's pattern.
struct route_segment {
  enum class kind_type : std::uint8_t { literal, parameter, rest };
  kind_type kind = kind_type::literal;
  std::string text; ///< the literal as it stands in a path, or the parameter's name
  friend bool operator==(const route_segment&, const route_segment&) = default;
};

/// Splits "/a/{id}/{rest...}" at its slashes. Throws std::invalid_argument with a sentence for the programmer when
/// the pattern does not start with a slash, a brace is alone, a name is empty or used twice, or a rest is not last.
[[nodiscard]] std::vector<route_segment> parse_route_pattern(std::string_view pattern);

} // namespace sluice

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
  std::string text; ///< the literal, percent-decoded, or the parameter's name
  friend bool operator==(const route_segment&, const route_segment&) = default;
};

/// Splits "/a/{id}/{rest...}" at its slashes; an empty segment is a literal one.
/// Throws std::invalid_argument, with a sentence for the programmer, when the pattern does not
/// start with a slash, holds '?', '#', a control character or a broken percent-escape; when a brace
/// does not enclose a whole segment; when a name is empty, used twice, or not of letters, digits,
/// '_' and '-'; when anything follows a rest.
[[nodiscard]] std::vector<route_segment> parse_route_pattern(std::string_view pattern);

/// Throws std::invalid_argument: "the route '...' " and `why`.
[[noreturn]] void refuse_route(std::string_view route, std::string_view why);

} // namespace sluice

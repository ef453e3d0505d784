#include "server/route_pattern.hpp"

#include <algorithm>
#include <stdexcept>

namespace sluice {

namespace {

[[noreturn]] void fail(std::string_view pattern, std::string_view why) {
  throw std::invalid_argument{"the route pattern '" + std::string{pattern} + "' " + std::string{why}};
}

route_segment parse_segment(std::string_view pattern, std::string_view text) {
  using kind = route_segment::kind_type;
  constexpr std::string_view dots = "...";
  const auto has_brace = text.find_first_of("{}") != std::string_view::npos;
  if (!has_brace)
    return {kind::literal, std::string{text}};
  if (!text.starts_with('{') || !text.ends_with('}'))
    fail(pattern, "has a brace that does not enclose a whole segment");
  auto name = text.substr(1, text.size() - 2);
  const auto is_rest = name.ends_with(dots);
  if (is_rest)
    name.remove_suffix(dots.size());
  if (name.empty())
    fail(pattern, "has a parameter without a name");
  if (name.find_first_of("{}") != std::string_view::npos)
    fail(pattern, "has a brace inside a parameter");
  return {is_rest ? kind::rest : kind::parameter, std::string{name}};
}

} // namespace

std::vector<route_segment> parse_route_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/'))
    fail(pattern, "does not start with '/'");
  if (pattern.find_first_of("?# ") != std::string_view::npos)
    fail(pattern, "holds a character that no path has");
  std::vector<route_segment> segments;
  for (auto rest = pattern.substr(1);;) {
    if (!segments.empty() && segments.back().kind == route_segment::kind_type::rest)
      fail(pattern, "goes on after a rest parameter");
    const auto end = rest.find('/');
    auto segment = parse_segment(pattern, rest.substr(0, end));
    const auto is_used = [&](const route_segment& other) {
      return other.kind != route_segment::kind_type::literal && other.text == segment.text;
    };
    if (segment.kind != route_segment::kind_type::literal && std::any_of(segments.begin(), segments.end(), is_used))
      fail(pattern, "uses a parameter's name twice");
    segments.push_back(std::move(segment));
    if (end == std::string_view::npos)
      return segments;
    rest.remove_prefix(end + 1);
  }
}

} // namespace sluice

#include "sluice/server/routing/route_pattern.hpp"

#include "sluice/protocol/http/target.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace {

using kind = route_segment::kind_type;

[[noreturn]] void fail(std::string_view pattern, std::string_view why) {
  throw std::invalid_argument{"the route pattern '" + std::string{pattern} + "' "
                              + std::string{why}};
}

bool stands_in_names(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
         || c == '-';
}

/// What a request target can't hold as it is; other octets outside ASCII stand for their escapes.
bool is_in_no_path(char c) noexcept {
  const auto octet = static_cast<unsigned char>(c);
  return octet <= ' ' || octet == 0x7f || c == '?' || c == '#';
}

route_segment parse_literal(std::string_view pattern, std::string_view text) {
  auto decoded = http::percent_decode(text);
  if (!decoded)
    fail(pattern, "holds a broken percent-escape");
  return {kind::literal, std::move(*decoded)};
}

route_segment parse_segment(std::string_view pattern, std::string_view text) {
  constexpr std::string_view dots = "...";
  if (text.find_first_of("{}") == std::string_view::npos)
    return parse_literal(pattern, text);
  if (!text.starts_with('{') || !text.ends_with('}'))
    fail(pattern, "has a brace that does not enclose a whole segment");
  auto name = text.substr(1, text.size() - 2);
  const auto is_rest = name.ends_with(dots);
  if (is_rest)
    name.remove_suffix(dots.size());
  if (name.empty())
    fail(pattern, "has a parameter without a name");
  if (!std::all_of(name.begin(), name.end(), stands_in_names))
    fail(pattern, "has a parameter whose name is not of letters, digits, '_' and '-'");
  return {is_rest ? kind::rest : kind::parameter, std::string{name}};
}

} // namespace

std::vector<route_segment> parse_route_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/'))
    fail(pattern, "does not start with '/'");
  if (std::any_of(pattern.begin(), pattern.end(), is_in_no_path))
    fail(pattern, "holds a character that no path has");
  std::vector<route_segment> segments;
  std::set<std::string> names;
  for (auto rest = pattern.substr(1);;) {
    if (!segments.empty() && segments.back().kind == kind::rest)
      fail(pattern, "goes on after a rest parameter");
    const auto end = rest.find('/');
    auto segment = parse_segment(pattern, rest.substr(0, end));
    if (segment.kind != kind::literal && !names.insert(segment.text).second)
      fail(pattern, "uses a parameter's name twice");
    segments.push_back(std::move(segment));
    if (end == std::string_view::npos)
      return segments;
    rest.remove_prefix(end + 1);
  }
}

void refuse_route(std::string_view route, std::string_view why) {
  throw std::invalid_argument{"the route '" + std::string{route} + "' " + std::string{why}};
}

} // namespace sluice

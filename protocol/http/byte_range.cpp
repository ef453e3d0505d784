#include "sluice/protocol/http/byte_range.hpp"

#include "sluice/protocol/http/fields.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace sluice {

namespace {

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// "-500": the last 500 octets.
range_request parse_suffix(std::string_view digits, std::uint64_t size) noexcept {
  const auto wanted = parse_number(digits);
  if (!wanted)
    return {};
  if (*wanted == 0)
    return {range_request::kind::unsatisfiable, {}};
  if (size == 0)
    return {}; // satisfiable, but Content-Range has no form for it
  const auto length = std::min(*wanted, size);
  return {range_request::kind::part, {size - length, length}};
}

} // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc{} || result.ptr != end)
    return std::nullopt;
  return value;
}

range_request parse_range(std::string_view value, std::uint64_t size) noexcept {
  const auto equals = value.find('=');
  if (equals == std::string_view::npos || !equals_ignoring_case(value.substr(0, equals), "bytes"))
    return {};
  const auto range = trimmed(value.substr(equals + 1));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos)
    return {};
  if (dash == 0)
    return parse_suffix(range.substr(1), size);
  const auto first = parse_number(range.substr(0, dash));
  auto last = std::optional{UINT64_MAX};
  if (dash + 1 < range.size())
    last = parse_number(range.substr(dash + 1));
  if (!first || !last || *last < *first)
    return {};
  if (*first >= size)
    return {range_request::kind::unsatisfiable, {}};
  return {range_request::kind::part, {*first, std::min(*last, size - 1) - *first + 1}};
}

} // namespace sluice

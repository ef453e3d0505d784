#include "sluice/protocol/http/trace.hpp"

#include <algorithm>

namespace sluice {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// Reads lower-case hexadecimal digits: others make a traceparent invalid.
std::optional<std::uint64_t> read_hex(std::string_view text) noexcept {
  std::uint64_t value = 0;
  for (const auto character : text) {
    const auto digit = digits.find(character);
    if (digit == std::string_view::npos)
      return std::nullopt;
    value = value << 4U | digit;
  }
  return value;
}

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t value) {
  std::string text(16, '0');
  for (auto place = text.rbegin(); value != 0; ++place, value >>= 4U)
    *place = digits[value & 15U];
  return text;
}

/// The finalizer of SplitMix64: different for different values.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
  return value ^ value >> 31U;
}

/// Ids that are all zero are invalid.
std::uint64_t not_zero(std::uint64_t value) noexcept {
  return value == 0 ? 1 : value;
}

} // namespace

std::string trace_parent::trace_id() const {
  return to_hex(trace_high) + to_hex(trace_low);
}

std::string request_trace::traceparent() const {
  constexpr std::uint8_t recorded = 1;
  return "00-" + caused_by.trace_id() + '-' + to_hex(caused_by.parent)
         + ((caused_by.flags & recorded) != 0 ? "-01" : "-00");
}

// version "-" trace-id "-" parent-id "-" flags: 2, 32, 16 and 2 digits.
std::optional<trace_parent> parse_traceparent(std::string_view value) noexcept {
  constexpr std::size_t length = 55;
  constexpr std::uint64_t forbidden_version = 0xff;
  if (value.size() < length || value[2] != '-' || value[35] != '-' || value[52] != '-')
    return std::nullopt;
  const auto version = read_hex(value.substr(0, 2));
  if (!version || *version == forbidden_version)
    return std::nullopt;
  if (value.size() > length && (*version == 0 || value[length] != '-'))
    return std::nullopt;
  const auto high = read_hex(value.substr(3, 16));
  const auto low = read_hex(value.substr(19, 16));
  const auto parent = read_hex(value.substr(36, 16));
  const auto flags = read_hex(value.substr(53, 2));
  if (!high || !low || !parent || !flags || (*high == 0 && *low == 0) || *parent == 0)
    return std::nullopt;
  return trace_parent{*high, *low, *parent, static_cast<std::uint8_t>(*flags)};
}

bool is_request_id(std::string_view value) noexcept {
  constexpr std::size_t longest = 128;
  constexpr std::string_view others = "-_.:+=/@";
  return !value.empty() && value.size() <= longest
         && std::all_of(value.begin(), value.end(), [&](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || others.find(c) != std::string_view::npos;
            });
}

request_trace trace_of_number(std::uint64_t number) {
  constexpr std::uint64_t apart = 0x9e3779b97f4a7c15U; // SplitMix64's step
  const auto own = not_zero(mixed(number + apart));
  return {
    to_hex(own), {mixed(number + 2 * apart), not_zero(mixed(number + 3 * apart)), own, 0}, {}};
}

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/server/options/config.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The longest duration that a flag takes: far from what clocks can't count.
inline constexpr std::chrono::hours longest_duration{366 * 24};

/// Reads "65536", "64K", "64KiB", "1M", "2G". @returns nothing when `text` is no size, or more than
/// 1024G
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// Reads "500ms", "10s", "5m", "1h", "0". @returns nothing when `text` is no duration, or more than
/// a year
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);
/// Reads "true", "on", "false", "off".
[[nodiscard]] std::optional<bool> parse_switch(std::string_view text);
/// Reads the names that `name_of` gives.
[[nodiscard]] std::optional<severity> parse_level(std::string_view text);
/// Reads "text", "json".
[[nodiscard]] std::optional<log_form> parse_log_form(std::string_view text);

/// Reads "answer", "cancel".
[[nodiscard]] std::optional<half_close> parse_half_close(std::string_view text);
/// "never", "known" or "always".
[[nodiscard]] std::optional<http_probe> parse_http_probe(std::string_view text);

/// Reads a whole number in decimal. @returns nothing when `text` is none, or does not fit
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

/// For people, rounded: "64 KiB", "1.5 MiB", "100".
[[nodiscard]] std::string format_size(std::uint64_t octets);
/// Exact, as parse_size reads it.
[[nodiscard]] std::string exact_size(std::uint64_t octets);
/// Exact to the millisecond, as parse_duration reads it.
[[nodiscard]] std::string exact_duration(duration length);
[[nodiscard]] std::string name_of(severity level);
[[nodiscard]] std::string_view name_of(log_form form) noexcept;

} // namespace sluice

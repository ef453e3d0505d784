#include "sluice/server/options/option_values.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t kibi = 1024;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 7> size_units{{{"", 1},
                                          {"K", kibi},
                                          {"KiB", kibi},
                                          {"M", kibi* kibi},
                                          {"MiB", kibi* kibi},
                                          {"G", kibi* kibi* kibi},
                                          {"GiB", kibi* kibi* kibi}}};
constexpr std::array<unit, 4> time_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

/// Far more than anybody wants, and far from what sums can't count.
constexpr std::uint64_t largest_size = kibi * kibi * kibi * kibi;
constexpr std::uint64_t longest_ms = std::chrono::milliseconds{longest_duration}.count();

/// A number followed by one of the units, at most `most` altogether.
template <std::size_t Count>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<unit, Count>& units,
                                             std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view name{stop, static_cast<std::size_t>(end - stop)};
  for (const auto& one : units)
    if (one.name == name && number <= most / one.factor)
      return number * one.factor;
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, severity>, 4> levels{{
  {"debug", severity::debug},
  {"info", severity::information},
  {"warning", severity::warning},
  {"error", severity::error},
}};

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, largest_size);
}

std::optional<duration> parse_duration(std::string_view text) {
  if (text == "0")
    return duration::zero();
  const auto ms = parse_with_unit(text, time_units, longest_ms);
  if (!ms)
    return std::nullopt;
  return std::chrono::milliseconds{*ms};
}

std::string format_size(std::uint64_t octets) {
  constexpr std::array names{"", " KiB", " MiB", " GiB", " TiB"};
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < names.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  const auto is_whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  std::snprintf(text.data(), text.size(), is_whole ? "%.0f%s" : "%.1f%s", value, names.at(unit));
  return text.data();
}

std::optional<bool> parse_switch(std::string_view text) {
  if (text == "true" || text == "on")
    return true;
  if (text == "false" || text == "off")
    return false;
  return std::nullopt;
}

std::string exact_size(std::uint64_t octets) {
  if (octets == 0 || octets % kibi != 0)
    return std::to_string(octets);
  octets /= kibi;
  return octets % kibi == 0 ? std::to_string(octets / kibi) + "M" : std::to_string(octets) + "K";
}

std::string exact_duration(duration length) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
  if (ms == 0)
    return "0";
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

std::optional<half_close> parse_half_close(std::string_view text) {
  for (const auto policy : {half_close::answer, half_close::cancel})
    if (text == to_string(policy))
      return policy;
  return std::nullopt;
}

std::optional<http_probe> parse_http_probe(std::string_view text) {
  for (const auto which : {http_probe::never, http_probe::known, http_probe::always})
    if (text == to_string(which))
      return which;
  return std::nullopt;
}

std::optional<severity> parse_level(std::string_view text) {
  for (const auto& [name, level] : levels)
    if (name == text)
      return level;
  return std::nullopt;
}

std::optional<log_form> parse_log_form(std::string_view text) {
  for (const auto form : {log_form::text, log_form::json})
    if (text == name_of(form))
      return form;
  return std::nullopt;
}

std::string_view name_of(log_form form) noexcept {
  return form == log_form::json ? "json" : "text";
}

std::string name_of(severity level) {
  for (const auto& [name, value] : levels)
    if (value == level)
      return std::string{name};
  return {};
}

} // namespace sluice

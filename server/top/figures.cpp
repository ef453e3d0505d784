#include "sluice/server/top/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace sluice {

namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
/// What a server says may be anything. Past this it does not matter, and would be too wide.
constexpr double most_seconds = 100.0 * day - 1;
constexpr double most_per_second = 1e12;

/// Large enough for each number here with its unit.
using text_room = std::array<char, 48>;

/// Two units, the second in two digits: "3m12s".
std::string in_two(std::int64_t first, char unit, std::int64_t second, char lower_unit) {
  text_room text{};
  std::snprintf(text.data(), text.size(), "%lld%c%02lld%c", static_cast<long long>(first), unit,
                static_cast<long long>(second), lower_unit);
  return text.data();
}

std::string rounded(double value, int places, const char* unit) {
  text_room text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", places, value, unit);
  return text.data();
}

std::string format_seconds(double seconds, const char* unit) {
  const auto within = std::isnan(seconds) ? 0.0 : std::clamp(seconds, 0.0, most_seconds);
  // 59.96 is no "60.0s".
  if (std::round(within * 10) < 10.0 * minute)
    return rounded(within, 1, unit);
  const auto whole = static_cast<std::int64_t>(std::round(within));
  if (whole < hour)
    return in_two(whole / minute, 'm', whole % minute, 's');
  if (whole < day)
    return in_two(whole / hour, 'h', whole % hour / minute, 'm');
  return in_two(whole / day, 'd', whole % day / hour, 'h');
}

} // namespace

std::string format_seconds(double seconds) {
  return format_seconds(seconds, "s");
}

std::string spoken_seconds(double seconds) {
  return format_seconds(seconds, " s");
}

std::string format_octets(double octets) {
  constexpr std::array units{"", "K", "M", "G", "T", "P", "E"};
  constexpr double three_digits = 999.5; // what is rounded to four goes to the next unit
  auto value = std::isnan(octets) ? 0.0 : std::clamp(octets, 0.0, 0x1p64);
  std::size_t unit = 0;
  while (value >= three_digits && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  constexpr double two_digits = 9.95;
  return rounded(value, unit > 0 && value < two_digits ? 1 : 0, units.at(unit));
}

std::string format_rate(double per_second) {
  const auto within = std::isnan(per_second) ? 0.0 : std::clamp(per_second, 0.0, most_per_second);
  constexpr double two_digits = 9.95;
  return rounded(within, within < two_digits ? 1 : 0, "");
}

std::string format_count(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string{noun} + (count == 1 ? "" : "s");
}

} // namespace sluice

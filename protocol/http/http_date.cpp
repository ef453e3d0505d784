#include "sluice/protocol/http/http_date.hpp"

#include <algorithm>
#include <array>

namespace sluice {

namespace {

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from left to right; once something does not fit, it stays failed.
class scanner {
public:
  explicit scanner(std::string_view text) noexcept : rest_{text} {}

  scanner& skip(std::string_view expected) noexcept {
    if (rest_.substr(0, expected.size()) == expected)
      rest_.remove_prefix(expected.size());
    else
      has_failed_ = true;
    return *this;
  }
  scanner& number(std::size_t digits, int& value) noexcept {
    value = 0;
    if (rest_.size() < digits) {
      has_failed_ = true;
      return *this;
    }
    for (const char c : rest_.substr(0, digits)) {
      has_failed_ = has_failed_ || c < '0' || c > '9';
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return *this;
  }
  scanner& month(int& value) noexcept {
    const auto found = std::find(months.begin(), months.end(), rest_.substr(0, 3));
    has_failed_ = has_failed_ || found == months.end();
    value = static_cast<int>(found - months.begin());
    rest_.remove_prefix(std::min<std::size_t>(3, rest_.size()));
    return *this;
  }
  scanner& clock(std::tm& date) noexcept {
    return number(2, date.tm_hour)
      .skip(":")
      .number(2, date.tm_min)
      .skip(":")
      .number(2, date.tm_sec);
  }
  /// The day of the month; asctime pads it with a space.
  scanner& padded_day(int& value) noexcept {
    if (rest_.empty() || rest_.front() != ' ')
      return number(2, value);
    return skip(" ").number(1, value);
  }
  [[nodiscard]] bool is_done() const noexcept { return !has_failed_ && rest_.empty(); }

private:
  std::string_view rest_;
  bool has_failed_ = false;
};

/// A year of two digits that seems more than 50 years ahead is in the past. RFC 9110 sec. 5.6.7
int full_year(int two_digits, std::time_t now) {
  std::tm today{};
  gmtime_r(&now, &today);
  const auto this_year = today.tm_year + 1900;
  const auto guess = this_year - this_year % 100 + two_digits;
  return guess > this_year + 50 ? guess - 100 : guess;
}

bool is_date(const std::tm& date) noexcept {
  return date.tm_mday >= 1 && date.tm_mday <= 31 && date.tm_hour <= 23 && date.tm_min <= 59
         && date.tm_sec <= 60;
}

} // namespace

std::string format_http_date(std::time_t seconds) {
  std::tm date{};
  gmtime_r(&seconds, &date);
  // Not by strftime: its names are those of the application's locale.
  const auto two = [](int value) {
    return std::string{value < 10 ? "0" : ""} + std::to_string(value);
  };
  std::string text{weekdays[static_cast<std::size_t>(date.tm_wday)]};
  text += ", " + two(date.tm_mday) + ' ';
  text += months[static_cast<std::size_t>(date.tm_mon)];
  text += ' ' + std::to_string(date.tm_year + 1900) + ' ';
  text += two(date.tm_hour) + ':' + two(date.tm_min) + ':' + two(date.tm_sec) + " GMT";
  return text;
}

std::optional<std::time_t> parse_http_date(std::string_view text, std::time_t now) {
  std::tm date{};
  int year = 0;
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) {
    if (text.size() < 4)
      return std::nullopt;
    scanner asctime{text.substr(3)};
    asctime.skip(" ").month(date.tm_mon).skip(" ").padded_day(date.tm_mday).skip(" ");
    if (!asctime.clock(date).skip(" ").number(4, year).is_done())
      return std::nullopt;
  } else if (comma == 3) {
    scanner fixed{text.substr(comma + 1)};
    fixed.skip(" ").number(2, date.tm_mday).skip(" ").month(date.tm_mon).skip(" ").number(4, year);
    if (!fixed.skip(" ").clock(date).skip(" GMT").is_done())
      return std::nullopt;
  } else {
    scanner old{text.substr(comma + 1)};
    old.skip(" ").number(2, date.tm_mday).skip("-").month(date.tm_mon).skip("-").number(2, year);
    if (!old.skip(" ").clock(date).skip(" GMT").is_done())
      return std::nullopt;
    year = full_year(year, now);
  }
  date.tm_year = year - 1900;
  if (!is_date(date))
    return std::nullopt;
  return timegm(&date);
}

} // namespace sluice

// What stands in field values. Cookies: our own list of them, and one that is set and comes back.
// Media types: one that is read, written again, is read as the same. Dates: our own calendar and
// templates of the three forms; what is formatted is read. Settings: eight octets of a time.

#include "sluice/protocol/http/fields.hpp"

#include "sluice/protocol/http/cookie.hpp"
#include "sluice/protocol/http/http_date.hpp"
#include "sluice/protocol/http/media_type.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/section.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

using namespace sluice::fuzz;

namespace {

// --- cookies -----------------------------------------------------------------------------------

void check_cookies_of(std::string_view text) {
  sluice::fields head;
  for (const auto line : split(text, '\n'))
    head.add(head.size() % 2 == 0 ? "Cookie" : "cookie", line).add("X-Other", line);
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const auto line : split(text, '\n'))
    for (const auto member : split(line, ';')) {
      const auto pair = trimmed(member);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos)
        continue;
      auto value = pair.substr(equals + 1);
      if (value.size() > 1 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      all.emplace_back(pair.substr(0, equals), value);
    }
  const auto first_of = [&](std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == all.end() ? std::optional<std::string_view>{} : found->second;
  };
  for (const std::string_view name : {all.empty() ? "" : all.front().first,
                                      all.empty() ? "" : all.back().first, std::string_view{"a"}})
    require(sluice::http::find_cookie(head, name) == first_of(name),
            "the first cookie of a name is found, and no other");
}

/// Name, value, path and domain stand in lines.
void check_set_cookie(std::string_view text) {
  const auto lines = split(text, '\n');
  const auto at = [&](std::size_t index) {
    return std::string{index < lines.size() ? lines[index] : ""};
  };
  sluice::cookie what;
  what.name = at(0);
  what.value = at(1);
  what.path = at(2);
  what.domain = at(3);
  sluice::fields head;
  try {
    sluice::set_cookie(head, what);
  } catch (const std::invalid_argument&) {
    require(head.empty(), "a cookie that is refused leaves no line");
    return;
  }
  require(head.size() == 1 && head[0].name == "Set-Cookie", "a cookie is one line");
  require(sluice::is_field_value(head[0].value), "which can be sent");
  const auto attributes = split(head[0].value, ';');
  // As a browser reads it: RFC 6265 sec. 5.2.
  require_same(attributes[0], what.name + '=' + what.value, "a cookie is its name and value");
  std::string expected;
  if (!what.path.empty())
    expected += "; Path=" + what.path;
  if (!what.domain.empty())
    expected += "; Domain=" + what.domain;
  expected += "; HttpOnly; Secure; SameSite=Lax";
  require_same(head[0].value.substr(attributes[0].size()), expected, "nothing is put into it");
  require(attributes.size()
            == 4U + static_cast<std::size_t>(!what.path.empty())
                 + static_cast<std::size_t>(!what.domain.empty()),
          "no attribute becomes two");
  const sluice::fields back{{"Cookie", attributes[0]}};
  require(sluice::http::find_cookie(back, what.name) == what.value, "a cookie comes back");
}

// --- media types -------------------------------------------------------------------------------

std::string written(const sluice::http::parameterized& type) {
  std::string out = type.value;
  for (const auto& [name, value] : type.parameters) {
    out += ";" + name + "=\"";
    for (const char c : value) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += c;
    }
    out += '"';
  }
  return out;
}

void check_media_type(std::string_view text) {
  const auto type = sluice::http::parse_parameterized(text);
  const sluice::fields head{{"Content-Type", text}};
  require(sluice::http::content_type_of(head).has_value() == type.has_value(),
          "a head has a type if it can be read");
  if (!type)
    return;
  require(!type->value.empty() && type->value == trimmed(type->value)
            && type->value == lowered(type->value) && type->value.find(';') == std::string::npos,
          "a value is in lower case and ends at its parameters");
  require(lowered(trimmed(split(text, ';')[0])) == type->value, "it is what stands before them");
  require(type->parameters.size() <= sluice::http::most_parameters,
          "there are no more parameters than may be");
  for (const auto& [name, value] : type->parameters) {
    require(is_plain_token(name) && name == lowered(name), "a parameter's name is a token");
    require(type->find(name) == value, "no parameter stands there twice");
    require(value.size() <= text.size(), "a value is no longer than the text");
  }
  const auto again = sluice::http::parse_parameterized(written(*type));
  require(again && again->value == type->value && again->parameters == type->parameters,
          "a type that is written again is read as the same");
  require(sluice::http::has_media_type(head, type->value), "a head has its media type");
}

// --- dates -------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Days from 1970 to the first of a month, counted year by year.
std::int64_t days_before(std::int64_t year, std::size_t month) {
  const auto is_leap = [](std::int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); };
  std::int64_t days = 0;
  for (auto y = std::min<std::int64_t>(year, 1970); y < std::max<std::int64_t>(year, 1970); ++y)
    days += is_leap(y) ? 366 : 365;
  days = year < 1970 ? -days : days;
  constexpr std::array<std::int64_t, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (std::size_t m = 0; m < month; ++m)
    days += lengths.at(m) + (m == 1 && is_leap(year) ? 1 : 0);
  return days;
}

/// Takes `text` apart by a template: D, M, Y, h, m and s stand for a digit of that, B for the
/// month's name, anything else for itself.
struct by_template {
  std::int64_t day = 0, year = 0, hour = 0, minute = 0, second = 0;
  std::size_t month = 0;
  bool fits = false;

  by_template(std::string_view text, std::string_view form) {
    std::size_t at = 0;
    for (const char c : form) {
      if (c == 'B') {
        const auto found = std::find(months.begin(), months.end(),
                                     text.substr(std::min(at, text.size()), 3));
        if (found == months.end())
          return;
        month = static_cast<std::size_t>(found - months.begin());
        at += 3;
        continue;
      }
      if (at == text.size())
        return;
      const char next = text[at++];
      auto* const place = c == 'D'   ? &day
                          : c == 'Y' ? &year
                          : c == 'h' ? &hour
                          : c == 'm' ? &minute
                          : c == 's' ? &second
                                     : nullptr;
      if (place == nullptr ? next != c : next < '0' || next > '9')
        return;
      if (place != nullptr)
        *place = *place * 10 + (next - '0');
    }
    fits = at == text.size();
  }

  [[nodiscard]] std::optional<std::int64_t> seconds() const {
    if (!fits || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
      return std::nullopt;
    return ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
  }
};

/// Any of the three forms. RFC 9110 sec. 5.6.7
std::optional<std::int64_t> read_date(std::string_view text, std::int64_t this_year) {
  const auto comma = text.find(',');
  const auto behind = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  if (comma == 3)
    return by_template{behind, " DD B YYYY hh:mm:ss GMT"}.seconds();
  if (comma != std::string_view::npos) {
    by_template old{behind, " DD-B-YY hh:mm:ss GMT"};
    old.year += this_year - this_year % 100;
    if (old.year > this_year + 50)
      old.year -= 100;
    return old.seconds();
  }
  if (text.size() < 3)
    return std::nullopt;
  const by_template two{text.substr(3), " B DD hh:mm:ss YYYY"};
  return two.fits ? two.seconds() : by_template{text.substr(3), " B  D hh:mm:ss YYYY"}.seconds();
}

void check_date(std::string_view text, std::time_t now) {
  const auto year = std::stoll(sluice::format_http_date(now).substr(12, 4));
  const auto found = sluice::parse_http_date(text, now);
  const auto expected = read_date(text, year);
  require(found.has_value() == expected.has_value(), "what has none of the three forms is no date");
  require(!found || *found == *expected, "a date is what a calendar says");

  const auto fixed = sluice::format_http_date(now);
  require(sluice::parse_http_date(fixed, 0) == now, "what is formatted is read");
  const auto clock = fixed.substr(17, 8);
  auto asctime = fixed.substr(0, 3) + fixed.substr(7, 4) + ' ' + fixed.substr(5, 2) + ' ' + clock
                 + ' ' + fixed.substr(12, 4);
  require(sluice::parse_http_date(asctime, 0) == now, "also in the form of asctime");
  if (asctime[8] == '0') {
    asctime[8] = ' ';
    require(sluice::parse_http_date(asctime, 0) == now, "and with a day that is padded");
  }
  const auto old = "Weekday, " + fixed.substr(5, 2) + '-' + fixed.substr(8, 3) + '-'
                   + fixed.substr(14, 2) + ' ' + clock + " GMT";
  require(sluice::parse_http_date(old, now) == now, "a year of two digits is near");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 8};
  std::uint64_t drawn = 0;
  for (auto i = 0; i < 8; ++i)
    drawn = drawn << 8U | (from.setting() ^ std::uint64_t{'0'});
  constexpr std::uint64_t end_of_9999 = 253'402'300'800;
  const auto now = static_cast<std::time_t>(drawn % end_of_9999);
  const auto text = sluice::as_text(from.octets());
  check_cookies_of(text);
  check_set_cookie(text);
  check_media_type(text);
  check_date(text, now);
}

#include "sluice/actors/observe/flight_record.hpp"

#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/escaped.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

namespace sluice {

namespace {

// The words of an event may have twice the memory that they need.
static_assert(sizeof(flight_entry) + 2 * flight_record::most_words <= recorded_event);

constexpr std::string_view first_line = "sluice-record 1";
constexpr std::string_view with_content = " with content, from ";
constexpr std::string_view without_content = " without content, from ";
/// What a record may say: more than any lasts.
constexpr std::chrono::hours longest{24 * 366 * 10};
constexpr auto events = static_cast<std::size_t>(flight_event::left_out) + 1;
constexpr std::array<std::string_view, events> names{
  "received", "peer_end", "sent",        "network_full", "request", "started", "chunk",
  "text",     "binary",   "content_end", "acknowledged", "ignored", "refused", "cancelled",
  "killed",   "ended",    "failed",      "closed",       "aborted", "left_out"};

std::optional<flight_event> parse_event(std::string_view name) noexcept {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return std::nullopt;
  return static_cast<flight_event>(found - names.begin());
}

void append_quoted(std::string& to, std::string_view octets) {
  to += '"';
  append_escaped(to, octets);
  to += '"';
}

/// Reads one line from its front to its end.
class line_reader {
public:
  line_reader(std::string_view line, std::size_t number)
    : rest_{line}, whole_{line}, number_{number} {}

  [[nodiscard]] bool is_done() const noexcept { return rest_.empty(); }

  std::string_view word() {
    const auto end = std::min(rest_.find(' '), rest_.size());
    const auto found = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return found;
  }

  /// Takes `name` and the '=' behind it, if that is what comes. @returns whether it does
  bool takes(std::string_view name) {
    if (!rest_.starts_with(name) || rest_.substr(name.size(), 1) != "=")
      return false;
    rest_.remove_prefix(name.size() + 1);
    return true;
  }

  template <class Number>
  Number number(std::string_view text) const {
    Number value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || stop != text.data() + text.size())
      fail();
    return value;
  }

  std::string quoted() {
    if (!rest_.starts_with('"'))
      fail();
    std::string made;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        if (rest_.starts_with(' '))
          rest_.remove_prefix(1);
        return made;
      }
      if (rest_[at] != '\\')
        made += rest_[at];
      else
        made += escaped(++at);
    }
    fail();
  }

  /// The octet that what stands behind a backslash, at `at`, means; goes to the end of that.
  char escaped(std::size_t& at) const {
    if (at >= rest_.size())
      fail();
    if (rest_[at] != 'x')
      return rest_[at];
    auto octet = 0U;
    const auto text = rest_.substr(at + 1, 2);
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), octet, 16);
    if (text.size() != 2 || error != std::errc{} || stop != text.data() + text.size())
      fail();
    at += 2;
    return static_cast<char>(octet);
  }

  [[noreturn]] void fail() const {
    throw std::runtime_error{"line " + std::to_string(number_)
                             + " of the record can't be read: " + std::string{whole_}};
  }

private:
  std::string_view rest_;
  std::string_view whole_;
  std::size_t number_;
};

flight_entry parse_entry(line_reader line) {
  flight_entry made;
  const auto time = line.word(); // seconds "." nine digits
  const auto point = time.find('.');
  if (point == std::string_view::npos || time.size() - point != 10)
    line.fail();
  const std::chrono::seconds whole{line.number<std::uint32_t>(time.substr(0, point))};
  if (whole > longest)
    line.fail();
  made.at = whole + std::chrono::nanoseconds{line.number<std::uint32_t>(time.substr(point + 1))};
  const auto what = parse_event(line.word());
  if (!what)
    line.fail();
  made.what = *what;
  while (!line.is_done()) {
    if (line.takes("octets"))
      made.octets = line.number<std::uint64_t>(line.word());
    else if (line.takes("words"))
      made.words = line.quoted();
    else if (line.takes("content"))
      made.content = line.quoted();
    else
      line.fail();
  }
  if (made.content.size() > made.octets)
    line.fail();
  return made;
}

} // namespace

std::string_view to_string(flight_event what) noexcept {
  return names[static_cast<std::size_t>(what)];
}

void flight_record::add(duration at, flight_event what, std::uint64_t octets,
                        std::string_view words) {
  if (entries_.size() >= most_events_ && !forget_earlier_requests())
    leave_out_one();
  entries_.push_back({at, what, octets, std::string{words.substr(0, most_words)}, {}});
  if (what == flight_event::sent)
    is_answered_ = true;
  if (what != flight_event::request)
    return;
  ++requests_;
  is_answered_ = false;
  if (content_ > most_content_)
    forget_earlier_requests();
}

// What comes after the answer to a request may be the next one, which is to be whole: until it is
// known to be, it takes no room from what came before.
void flight_record::add_received(duration at, std::string_view octets) {
  add(at, flight_event::received, octets.size());
  const auto size = std::min(octets.size(), most_content_);
  if (!is_answered_ && content_ + size > most_content_)
    forget_earlier_requests();
  const auto most = is_answered_ ? 2 * most_content_ : most_content_;
  const auto kept = octets.substr(0, most - std::min(most, content_));
  entries_.back().content = kept;
  content_ += kept.size();
}

// All that came before the octets which brought the last request. Where these brought an earlier one
// as well, it is kept, as without it there would be nothing to send.
bool flight_record::forget_earlier_requests() {
  if (requests_ < 2)
    return false;
  const auto is = [this](std::size_t place, flight_event what) {
    return entries_[place].what == what;
  };
  auto last = entries_.size() - 1;
  while (!is(last, flight_event::request))
    --last;
  auto begin = last;
  while (begin > 0 && !is(begin, flight_event::received) && !is(begin - 1, flight_event::request))
    --begin;
  if (!is(begin, flight_event::received)) {
    if (has_content())
      return false;
    begin = last; // without octets there is nothing to send but requests
  }
  while (begin > 0 && is(begin, flight_event::received) && is(begin - 1, flight_event::received))
    --begin; // a head that came in parts
  forget(0, begin);
  return true;
}

// Of one request the beginning stays: the first quarter, and behind it what is left out.
void flight_record::leave_out_one() {
  const auto gap = most_events_ / 4;
  auto& left = entries_[gap];
  if (left.what != flight_event::left_out) {
    content_ -= left.content.size();
    requests_ -= left.what == flight_event::request ? 1U : 0U;
    left = {left.at, flight_event::left_out, octets_left_out(left), {}, {}};
  }
  left.octets += octets_left_out(entries_[gap + 1]);
  forget(gap + 1, gap + 2);
}

// Those that who plays it again has to make up: what came, or what was made up of what came.
std::uint64_t flight_record::octets_left_out(const flight_entry& which) const noexcept {
  switch (which.what) {
    case flight_event::received: return has_content() ? which.octets : 0;
    case flight_event::chunk:
    case flight_event::text:
    case flight_event::binary: return has_content() ? 0 : which.octets;
    default: return 0;
  }
}

void flight_record::forget(std::size_t first, std::size_t last) {
  const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto to = entries_.begin() + static_cast<std::ptrdiff_t>(last);
  for (auto each = from; each != to; ++each) {
    content_ -= each->content.size();
    requests_ -= each->what == flight_event::request ? 1U : 0U;
  }
  entries_.erase(from, to);
}

std::string flight_record::text() const {
  std::string made{first_line};
  made += has_content() ? with_content : without_content;
  append_quoted(made, peer_);
  made += '\n';
  for (const auto& [at, what, octets, words, content] : entries_) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    std::array<char, 32> time{};
    std::snprintf(time.data(), time.size(), "%lld.%09lld", static_cast<long long>(seconds.count()),
                  static_cast<long long>((at - seconds).count()));
    made.append(time.data()).append(" ").append(to_string(what));
    if (octets != 0)
      made.append(" octets=").append(std::to_string(octets));
    if (!words.empty())
      append_quoted(made.append(" words="), words);
    if (!content.empty())
      append_quoted(made.append(" content="), content);
    made += '\n';
  }
  return made;
}

flight_record flight_record::parse(std::string_view text) {
  constexpr auto as_many_as_there_are = std::numeric_limits<std::size_t>::max() / 4;
  auto rest = text.substr(std::min(text.find('\n'), text.size()));
  const auto head = text.substr(0, text.size() - rest.size());
  const auto begins = [&](std::string_view kind) {
    return head.starts_with(first_line) && head.substr(first_line.size()).starts_with(kind);
  };
  const auto has_content = begins(with_content);
  if (!has_content && !begins(without_content))
    throw std::runtime_error{"this is no record: its first line is not '" + std::string{first_line}
                             + " ...'"};
  const auto kind = has_content ? with_content : without_content;
  line_reader first{head.substr(first_line.size() + kind.size()), 1};
  const auto content = has_content ? as_many_as_there_are : 0;
  flight_record made{first.quoted(), as_many_as_there_are, content};
  for (std::size_t number = 2; rest.size() > 1; ++number) {
    rest.remove_prefix(1);
    const auto line = rest.substr(0, rest.find('\n'));
    made.entries_.push_back(parse_entry(line_reader{line, number}));
    rest.remove_prefix(line.size());
  }
  return made;
}

} // namespace sluice

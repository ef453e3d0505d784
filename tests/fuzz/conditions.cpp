// What a request for a file may ask for, as lines of its head: ranges, preconditions. Our own
// reader takes the same fields apart and judges them by RFC 9110 sec. 13.2.2 and 14.1.2. Settings:
// the file's size, its time, its entity tag.

#include "sluice/protocol/http/byte_range.hpp"
#include "sluice/protocol/http/http_date.hpp"
#include "sluice/protocol/http/preconditions.hpp"
#include "sluice/server/files/content_type.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/section.hpp"

#include <array>

using namespace sluice::fuzz;
using sluice::range_request;
using sluice::verdict;

namespace {

// --- ranges ------------------------------------------------------------------------------------

/// A number of 64 bits by its digits.
std::optional<std::uint64_t> number_in(std::string_view digits) {
  constexpr std::string_view largest = "18446744073709551615";
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  while (digits.size() > 1 && digits.front() == '0')
    digits.remove_prefix(1);
  if (digits.size() > largest.size() || (digits.size() == largest.size() && digits > largest))
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits)
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

std::string shown(const range_request& asked) {
  switch (asked.wanted) {
    case range_request::kind::whole: return "whole";
    case range_request::kind::unsatisfiable: return "unsatisfiable";
    case range_request::kind::part: break;
  }
  return std::to_string(asked.part.first) + '+' + std::to_string(asked.part.length);
}

std::string plainly(std::string_view value, std::uint64_t size) {
  const auto sides = split(value, '=');
  if (sides.size() < 2 || lowered(sides[0]) != "bytes")
    return "whole";
  const auto range = trimmed(value.substr(sides[0].size() + 1));
  const auto ends = split(range, '-');
  if (ends.size() != 2)
    return "whole";
  const auto last = number_in(ends[1]);
  if (ends[0].empty() && last && *last == 0)
    return "unsatisfiable";
  if (ends[0].empty()) {
    const auto length = std::min(last.value_or(0), size);
    return length == 0 ? "whole" : std::to_string(size - length) + '+' + std::to_string(length);
  }
  const auto first = number_in(ends[0]);
  if (!first || (!last && !ends[1].empty()) || last.value_or(*first) < *first)
    return "whole";
  if (*first >= size)
    return "unsatisfiable";
  const auto end = last && *last < size - 1 ? *last + 1 : size;
  return std::to_string(*first) + '+' + std::to_string(end - *first);
}

void check_range(std::string_view value, std::uint64_t size) {
  const auto asked = sluice::parse_range(value, size);
  require_same(shown(asked), plainly(value, size), "a range is what its numbers say");
  if (asked.wanted == range_request::kind::part)
    require(asked.part.length > 0 && asked.part.first < size
              && asked.part.length <= size - asked.part.first,
            "a part is within the representation");
  require(sluice::parse_number(value) == number_in(value), "a number is its digits");
}

// --- preconditions -----------------------------------------------------------------------------

/// Whether a list of entity tags holds `tag` (quotes included, weak or not), or a "*" between them.
bool holds(std::string_view list, std::string_view tag) {
  std::string open; // the tag under way, with its first quote
  for (const char c : list) {
    if (open.empty() && c == '*')
      return true;
    if (!open.empty() || c == '"')
      open += c;
    if (open.size() < 2 || c != '"')
      continue;
    if (open == tag)
      return true;
    open.clear();
  }
  return false;
}

struct plain_judge {
  const sluice::fields& asked;
  const sluice::validators& current;
  std::time_t now;

  [[nodiscard]] bool has(std::string_view name) const { return !values_of(asked, name).empty(); }
  [[nodiscard]] std::string list(std::string_view name) const {
    std::string all;
    std::string_view between;
    for (const auto value : values_of(asked, name)) {
      all.append(between).append(value);
      between = ", ";
    }
    return all;
  }
  [[nodiscard]] std::optional<std::time_t> date(std::string_view name) const {
    const auto all = values_of(asked, name);
    return all.size() == 1 ? sluice::parse_http_date(all[0], now) : std::nullopt;
  }
  /// The first two steps: whether what is asked for is what is there.
  [[nodiscard]] bool is_current() const {
    if (has("if-match"))
      return list("if-match") == "*"; // our tags are weak: none matches strongly
    const auto unmodified = date("if-unmodified-since");
    return !unmodified || current.modified <= *unmodified;
  }
  [[nodiscard]] bool has_tag() const {
    const auto tag = std::string_view{current.entity_tag}.substr(2); // behind W/
    return holds(list("if-none-match"), tag);
  }
  [[nodiscard]] verdict judge() const {
    if (!is_current())
      return verdict::precondition_failed;
    const auto modified = date("if-modified-since");
    const auto is_known = has("if-none-match") ? has_tag()
                                               : modified && current.modified <= *modified;
    return is_known ? verdict::not_modified : verdict::proceed;
  }
  [[nodiscard]] bool permits_change() const {
    return is_current() && !(has("if-none-match") && has_tag());
  }
  [[nodiscard]] bool allows_range() const {
    if (!has("if-range"))
      return true;
    const auto when = sluice::parse_http_date(values_of(asked, "if-range")[0], now);
    return when && *when == current.modified && now - current.modified > 1;
  }
};

void check_preconditions(const sluice::fields& asked, const sluice::validators& current,
                         std::time_t now) {
  const plain_judge plain{asked, current, now};
  require(sluice::judge_preconditions(asked, current, now) == plain.judge(),
          "conditions are judged in their order");
  require(sluice::permits_change(asked, &current, now) == plain.permits_change(),
          "a change is permitted by its conditions");
  require(sluice::permits_change(asked, nullptr, now) == !plain.has("if-match"),
          "what is not there matches nothing");
  require(sluice::allows_range(asked, current, now) == plain.allows_range(),
          "a range is of the state that If-Range names");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 3};
  constexpr std::array<std::uint64_t, 8> sizes{10, 0, 1, 2, 1000, 65'536, 1ULL << 63U, ~0ULL};
  constexpr std::array tags{"W/\"a\"", "W/\"\"", "W/\"1,2\"", "W/\"*\""};
  const auto octets = sizes.at((from.setting() ^ '0') % sizes.size());
  constexpr std::time_t now = 784'111'777; // Sun, 06 Nov 1994 08:49:37 GMT
  validators current;
  current.modified = now - 3 + (from.setting() ^ '0') % 6;
  current.entity_tag = tags.at((from.setting() ^ '0') % tags.size());
  const auto text = as_text(from.octets());
  const auto asked = section_of(text);
  for (const auto value : values_of(asked, "range"))
    check_range(value, octets);
  check_range(text, octets);
  check_preconditions(asked, current, now);
  require(content_type_of(text) == content_type_of(lowered(text)),
          "an extension is compared without regard to case");
}

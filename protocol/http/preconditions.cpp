#include "sluice/protocol/http/preconditions.hpp"

#include "sluice/protocol/http/http_date.hpp"

#include <optional>

namespace sluice {

namespace {

/// The opaque part of an entity tag, quotes included.
std::string_view opaque(std::string_view tag) noexcept {
  if (tag.substr(0, 2) == "W/")
    tag.remove_prefix(2);
  return tag;
}

/// The date in the one line called `name`; several are ignored like a malformed one. RFC 9110
/// sec. 13.1.3, 13.1.4
std::optional<std::time_t> only_date(const fields& asked, std::string_view name, std::time_t now) {
  return asked.count(name) == 1 ? parse_http_date(*asked.find(name), now) : std::nullopt;
}

} // namespace

bool matches_weakly(std::string_view list, std::string_view tag) noexcept {
  const auto wanted = opaque(tag);
  while (!list.empty()) {
    const char next = list.front();
    if (next == '*')
      return true;
    if (next != '"') { // separators, and W/
      list.remove_prefix(1);
      continue;
    }
    // A tag may hold commas: only its closing quote ends it.
    const auto end = list.find('"', 1);
    if (end == std::string_view::npos)
      return false;
    if (list.substr(0, end + 1) == wanted)
      return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

verdict judge_preconditions(const fields& asked, const validators& current, std::time_t now) {
  if (const auto match = asked.joined("If-Match"); asked.contains("If-Match")) {
    // Strong comparison: a weak tag matches nothing. RFC 9110 sec. 13.1.1
    if (match != "*")
      return verdict::precondition_failed;
  } else if (const auto date = only_date(asked, "If-Unmodified-Since", now)) {
    if (current.modified > *date)
      return verdict::precondition_failed;
  }
  if (asked.contains("If-None-Match"))
    return matches_weakly(asked.joined("If-None-Match"), current.entity_tag) ? verdict::not_modified
                                                                             : verdict::proceed;
  const auto date = only_date(asked, "If-Modified-Since", now);
  return date && current.modified <= *date ? verdict::not_modified : verdict::proceed;
}

bool permits_change(const fields& asked, const validators* current, std::time_t now) {
  // What is not there matches nothing, and has no date that a condition could be about.
  if (current == nullptr)
    return !asked.contains("If-Match");
  switch (judge_preconditions(asked, *current, now)) {
    case verdict::precondition_failed: return false;
    // If-Modified-Since is about reading and ignored here. RFC 9110 sec. 13.1.3
    case verdict::not_modified: return !asked.contains("If-None-Match");
    case verdict::proceed: break;
  }
  return true;
}

bool allows_range(const fields& asked, const validators& current, std::time_t now) {
  const auto condition = asked.find("If-Range");
  if (!condition)
    return true;
  // A weak tag never proves that octets are the same, and a date only once its second is over.
  const auto date = parse_http_date(*condition, now);
  return date && *date == current.modified && current.modified < now - 1;
}

} // namespace sluice

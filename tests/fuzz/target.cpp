// Request targets, their queries and their escapes: whatever is accepted is put together again
// from its parts.

#include "sluice/protocol/http/target.hpp"

#include "sluice/protocol/http/fields.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <string>

using namespace sluice::fuzz;
namespace http = sluice::http;

namespace {

void check_escapes(std::string_view text) {
  const auto once = http::percent_decode(text);
  require_same(http::percent_decode(escaped(text)).value_or("nothing"), text,
               "what is escaped comes back");
  if (!once)
    return require(text.find('%') != std::string_view::npos, "only a broken escape is refused");
  std::size_t escapes = 0;
  for (const char c : text)
    escapes += c == '%' ? 1U : 0U;
  require(once->size() + 2 * escapes == text.size(), "an escape stands for one octet");
  require(escapes > 0 || *once == text, "text without escapes stays as it is");
}

void check_query(std::string_view query) {
  // Under a name that the query does not have, a pair put before and after it is found whole.
  const std::string name = escaped("a name that no query has\x01");
  const std::string pair = name + "=" + escaped(query);
  const auto plain_name = "a name that no query has\x01";
  if (http::query_parameter(query, plain_name))
    return;
  const auto first = http::query_parameter(pair + "&" + std::string{query}, plain_name);
  require_same(first.value_or("nothing"), query, "the first pair is found");
  const auto last = http::query_parameter(std::string{query} + "&" + pair, plain_name);
  const bool may_hide = query.find("name") != std::string_view::npos; // with a broken value
  require(may_hide || last == query, "the last pair is found");
}

void check_target(std::string_view text) {
  const auto parsed = http::parse_target(text);
  if (!parsed)
    return;
  require(text.find_first_of(std::string_view{" \t\r\n\0#", 6}) == std::string_view::npos,
          "a target holds no space, control character or fragment");
  const auto& [form, authority, path, query] = *parsed;
  std::string again;
  switch (form) {
    case http::target_form::asterisk: again = path; break;
    case http::target_form::authority: again = authority; break;
    case http::target_form::absolute:
      again = text.substr(0, text.find("://") + 3);
      require(sluice::equals_ignoring_case(again, "http://")
                || sluice::equals_ignoring_case(again, "https://"),
              "an absolute target has a known scheme");
      again += authority;
      [[fallthrough]];
    case http::target_form::origin: {
      require(path.starts_with('/'), "a path begins with a slash");
      const bool is_implied = form == http::target_form::absolute
                              && (again.size() == text.size() || text[again.size()] == '?');
      if (!is_implied)
        again += path;
      if (text.size() > again.size())
        again.append("?").append(query);
      require(path.find('?') == std::string_view::npos, "a path ends at the query");
      break;
    }
  }
  require_same(again, text, "a target is its parts");
  if (!authority.empty()) {
    require(http::is_host(authority), "an authority is a host");
    require(authority.find_first_of("@/?#") == std::string_view::npos,
            "a host is no more than that");
  }
  if (form != http::target_form::authority)
    require(authority.empty() || !path.empty(), "a target with a host has a path");
  check_query(query);
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  const input from{data, size, 0};
  const auto text = sluice::as_text(from.octets());
  check_target(text);
  check_escapes(text);
  check_query(text);
  if (http::is_host(text))
    require(text.find_first_of(std::string_view{" @/?#\\\r\n\0", 9}) == std::string_view::npos,
            "a Host names a host and a port");
}

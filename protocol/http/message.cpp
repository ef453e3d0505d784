#include "sluice/protocol/http/message.hpp"

#include "sluice/protocol/http/internal/text.hpp"
#include "sluice/protocol/http/target.hpp"

#include <algorithm>

namespace sluice {

// What can't be read is as good as not there.
request_trace request::trace() const {
  constexpr std::size_t
    longest_state = 512; // what everybody passes on: W3C Trace Context sec. 3.3.1.5
  auto made = trace_of_number(number);
  if (!is_peer_trusted)
    return made;
  if (const auto id = fields.find("X-Request-Id"); id && is_request_id(*id))
    made.request_id = *id;
  const auto parent = fields.find("traceparent");
  if (!parent || fields.count("traceparent") != 1)
    return made;
  if (const auto cause = parse_traceparent(*parent)) {
    made.caused_by = {cause->trace_high, cause->trace_low, made.caused_by.parent, cause->flags};
    if (auto state = fields.joined("tracestate"); state.size() <= longest_state)
      made.state = std::move(state);
  }
  return made;
}

std::string_view request::param(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters)
    if (key == name)
      return value;
  return {};
}

std::optional<std::string> request::query_param(std::string_view name) const {
  return http::query_parameter(query, name);
}

expectation expectation_of(const request& head) {
  if (head.version == http_version::v1_0)
    return expectation::none;
  auto found = expectation::none;
  for (const auto [name, value] : head.fields) {
    if (!equals_ignoring_case(name, "expect"))
      continue;
    for (auto rest = value; !rest.empty();) {
      const auto member = http::internal::trimmed(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1);
      if (member.empty()) // an empty member of a list is none: RFC 9110 sec. 5.6.1.2
        continue;
      if (!equals_ignoring_case(member, "100-continue"))
        return expectation::unknown;
      found = expectation::continue_;
    }
  }
  return found;
}

namespace {

response made_of(status code, std::string_view type, std::string content) {
  response result;
  result.status = code;
  if (!forbids_content(code) && code != status::reset_content) // a type of nothing
    result.fields.add("Content-Type", type);
  result.content = std::move(content);
  return result;
}

} // namespace

response text(std::string content, status code) {
  return made_of(code, "text/plain; charset=utf-8", std::move(content));
}

response html(std::string content, status code) {
  return made_of(code, "text/html; charset=utf-8", std::move(content));
}

response json_text(std::string content, status code) {
  return made_of(code, "application/json", std::move(content));
}

response redirect(std::string_view location, status code) {
  response result;
  result.status = code;
  result.fields.add("Location", location);
  return result;
}

} // namespace sluice

#include "sluice/actors/connection/access_entry.hpp"

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/protocol/http/message.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// Octets of a User-Agent that are kept, for as long as a WebSocket lasts: no log shows more.
constexpr std::size_t most_of_agent = 300;

} // namespace

access_entry::head_facts& access_entry::facts() {
  if (!head)
    head = std::make_unique<head_facts>();
  return *head;
}

void access_entry::take_names(const request& from) {
  given = std::make_unique<request_trace>(from.trace());
}

void access_entry::begin(const request& from, std::uint64_t sent_total, time_point now) {
  auto& taken = facts();
  taken.method = to_string(from.method);
  taken.protocol = from.version == http_version::v1_0 ? "HTTP/1.0" : "HTTP/1.1";
  taken.target = from.target;
  taken.user_agent = from.fields.find("User-Agent").value_or("").substr(0, most_of_agent);
  taken.sent_before = sent_total;
  taken.began = now;
}

void access_entry::begin_incomplete(std::uint64_t sent_total, time_point now) {
  auto& taken = facts();
  taken.sent_before = sent_total;
  taken.began = now;
}

void access_entry::keep_target(const request& from) {
  facts().target = from.target;
}

request_trace access_entry::trace() const {
  return given ? *given : trace_of_number(number);
}

void access_entry::write(journal& log, std::string_view peer, std::uint64_t sent_total,
                         time_point now, std::string_view outcome) const {
  if (!head)
    return;
  access_record record;
  record.peer = peer;
  record.method = head->method;
  record.target = head->target;
  if (matched != nullptr)
    record.route = matched->route;
  record.status = status;
  record.octets_received = received;
  // 0: the connection died before its turn
  record.octets_sent = sent_total - std::min(sent_total, head->sent_before);
  record.took = now - head->began;
  record.outcome = outcome;
  record.protocol = head->protocol;
  record.user_agent = head->user_agent;
  const auto known_as = trace();
  const auto trace_id = known_as.caused_by.trace_id();
  record.request_id = known_as.request_id;
  record.trace_id = trace_id;
  log.access(record);
}

// By its route, and its path where it has none: a query may hold what is nobody's business.
void access_entry::report_failure(journal& log, std::string_view what) const {
  auto whose = matched != nullptr ? std::string_view{matched->route} : std::string_view{};
  if (matched == nullptr && head)
    whose = std::string_view{head->target}.substr(0, head->target.find('?'));
  std::string text = "the handler of ";
  text.append(whose.empty() ? "a request" : whose).append(" failed: ").append(what);
  const auto known_as = trace();
  log.report_of({severity::error, text, matched != nullptr ? matched->route : std::string_view{},
                 known_as.request_id});
}

} // namespace sluice

#include "sluice/actors/connection/access_entry.hpp"

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <algorithm>

namespace sluice {

void access_entry::begin(const request& head, std::uint64_t sent_total, time_point now) {
  method = to_string(head.method);
  target = head.target;
  matched = nullptr;
  status = 0;
  received = 0;
  sent_before = sent_total;
  began = now;
}

void access_entry::write(journal& log, std::string_view peer, std::uint64_t sent_total,
                         time_point now, std::string_view outcome) const {
  access_record record;
  record.peer = peer;
  record.method = method;
  record.target = target;
  if (matched != nullptr)
    record.route = matched->route;
  record.status = status;
  record.octets_received = received;
  record.octets_sent = sent_total - std::min(sent_total, sent_before); // 0: the connection died
                                                                       // before its turn
  record.took = now - began;
  record.outcome = outcome;
  log.access(record);
}

} // namespace sluice

#include "sluice/actors/observe/counters.hpp"

#include "sluice/actors/messages/messages.hpp"

namespace sluice {

static_assert(counters::place_of(refusal::close_sent) + 1 == refusals);

// Who asks whether a connection is left reads the first of these before the second, as whoever
// writes them moves it from one to the other.
counters& counters::operator+=(const counters& other) noexcept {
  connections_accepted.add(other.connections_accepted);
  connections_open.add(other.connections_open);
  connection_actors.add(other.connection_actors);
  connections_kept.add(other.connections_kept);
  web_sockets_open.add(other.web_sockets_open);
  handlers_running.add(other.handlers_running);
  handlers_detached.add(other.handlers_detached);
  detached_refused.add(other.detached_refused);
  handlers_cancelled_running.add(other.handlers_cancelled_running);
  handlers_cancelled.add(other.handlers_cancelled);
  handlers_killed.add(other.handlers_killed);
  handler_failures.add(other.handler_failures);
  requests.add(other.requests);
  acknowledgements_late.add(other.acknowledgements_late);
  acknowledgements_foreign.add(other.acknowledgements_foreign);
  deadlines_missed.add(other.deadlines_missed);
  accepts_failed.add(other.accepts_failed);
  accepts_paused.add(other.accepts_paused);
  connections_refused.add(other.connections_refused);
  connections_late.add(other.connections_late);
  connections_starved.add(other.connections_starved);
  octets_received.add(other.octets_received);
  octets_sent.add(other.octets_sent);
  for (std::size_t i = 0; i < cancelled_by.size(); ++i)
    cancelled_by[i].add(other.cancelled_by[i]);
  for (std::size_t i = 0; i < refused_by.size(); ++i)
    refused_by[i].add(other.refused_by[i]);
  return *this;
}

} // namespace sluice

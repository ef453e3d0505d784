#include "sluice/server/admin/metrics.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/server/service/process_figures.hpp"
#include "sluice/server/service/server_view.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <span>
#include <utility>

namespace sluice {

namespace {

using labels = std::vector<prometheus::ClientMetric::Label>;

constexpr double nanoseconds = 1e9; ///< in a second

/// Families of metrics on their way into the text.
class page {
public:
  using type = prometheus::MetricType;

  /// Begins a family, to which the samples that follow belong.
  void begin(std::string name, std::string help, type kind) {
    all_.push_back({std::move(name), std::move(help), kind, {}});
  }
  void add(labels which, double value) {
    auto& made = add_sample(std::move(which));
    if (all_.back().type == type::Counter)
      made.counter.value = value;
    else
      made.gauge.value = value;
  }
  void add(labels which, const histogram& seen) {
    auto& into = add_sample(std::move(which)).histogram;
    for (std::size_t i = 0; i < histogram::bounds.size(); ++i) {
      into.sample_count += seen.in(i);
      into.bucket.push_back({into.sample_count, seconds_of(histogram::bounds[i])});
    }
    into.sample_count += seen.in(histogram::bounds.size());
    into.sample_sum = seconds_of(seen.sum());
  }
  /// A family of one sample.
  void one(std::string name, std::string help, type kind, double value) {
    begin(std::move(name), std::move(help), kind);
    add({}, value);
  }

  [[nodiscard]] std::string text() {
    std::erase_if(all_, [](const auto& family) { return family.metric.empty(); });
    return prometheus::TextSerializer{}.Serialize(all_);
  }

private:
  prometheus::ClientMetric& add_sample(labels which) {
    auto& made = all_.back().metric.emplace_back();
    made.label = std::move(which);
    return made;
  }

  std::vector<prometheus::MetricFamily> all_;
};

using type = page::type;
using tallies = std::map<std::string, route_tally>;

/// What all loops have seen of each route, by its pattern.
tallies seen_at_routes(const server_view& what) {
  std::vector<const settled_route*> all;
  for (const auto& loop : what.loops)
    loop.context->settled.for_each([&](const settled_route& each) { all.push_back(&each); });
  tallies by_pattern;
  for (const auto* each : all)
    by_pattern[each->target != nullptr ? each->target->route : "(none)"].add(each->seen);
  return by_pattern;
}

void add_connections(page& out, const server_view& what, const counters& count) {
  out.one("sluice_connections", "Connections that are open.", type::Gauge,
          static_cast<double>(count.connections_open));
  out.one("sluice_connections_ended", "Connections whose handlers still work.", type::Gauge,
          static_cast<double>(
            std::max<std::int64_t>(0, count.connection_actors - count.connections_open)));
  out.one("sluice_connections_limit", "At so many connections accepting pauses.", type::Gauge,
          static_cast<double>(what.max_connections));
  out.one("sluice_connections_accepted_total", "Connections that were accepted.", type::Counter,
          static_cast<double>(count.connections_accepted));
  out.begin("sluice_connections_refused_total", "Connections that were turned away, by reason.",
            type::Counter);
  out.add({{"reason", "memory_budget"}}, static_cast<double>(count.connections_refused));
  out.add({{"reason", "stopping"}}, static_cast<double>(count.connections_late));
  out.add({{"reason", "no_descriptor_or_memory"}}, static_cast<double>(count.accepts_failed));
  out.one("sluice_accepts_paused_total", "Times that accepting paused at the limit.", type::Counter,
          static_cast<double>(count.accepts_paused));
  out.one("sluice_connections_starved_total", "Connections that were ended for want of memory.",
          type::Counter, static_cast<double>(count.connections_starved));
  out.one("sluice_web_sockets", "WebSockets that are open.", type::Gauge,
          static_cast<double>(count.web_sockets_open));
  out.one("sluice_received_bytes_total", "Octets read from sockets.", type::Counter,
          static_cast<double>(count.octets_received));
  out.one("sluice_sent_bytes_total", "Octets that the kernel has taken.", type::Counter,
          static_cast<double>(count.octets_sent));
  const auto one = what.bound.user + what.bound.kernel;
  out.one("sluice_connection_bound_bytes", "The most that one connection can hold.", type::Gauge,
          static_cast<double>(one));
  out.one("sluice_memory_reserved_bytes", "The most that the connections that there are can hold.",
          type::Gauge, static_cast<double>(one) * static_cast<double>(count.connection_actors));
  if (what.memory_budget != 0)
    out.one("sluice_memory_budget_bytes", "What connections may hold together.", type::Gauge,
            static_cast<double>(what.memory_budget));
  out.one("sluice_draining", "1 while the server stops, else 0.", type::Gauge,
          what.is == server_view::state::draining ? 1 : 0);
}

void add_handlers(page& out, const counters& count) {
  out.begin("sluice_handlers", "Handler actors that are alive, by state.", type::Gauge);
  const std::int64_t cancelled = count.handlers_cancelled_running;
  out.add({{"state", "running"}},
          static_cast<double>(std::max<std::int64_t>(0, count.handlers_running - cancelled)));
  out.add({{"state", "cancelled"}}, static_cast<double>(cancelled));
  out.one("sluice_handler_threads", "Handlers that have a thread of their own.", type::Gauge,
          static_cast<double>(count.handlers_detached));
  out.one("sluice_handler_threads_refused_total",
          "Requests that were answered 503 since no thread was left for a handler.", type::Counter,
          static_cast<double>(count.detached_refused));
  out.one("sluice_handler_failures_total", "Handlers that threw or ended without an answer.",
          type::Counter, static_cast<double>(count.handler_failures));
  out.one("sluice_handlers_killed_total", "Handlers that outlived their grace period.",
          type::Counter, static_cast<double>(count.handlers_killed));
  out.begin("sluice_cancellations_total", "Handlers that were told to end, by reason.",
            type::Counter);
  for (std::size_t i = 0; i < cancel_reasons; ++i)
    out.add({{"reason", std::string{to_string(static_cast<cancel_reason>(i))}}},
            static_cast<double>(count.cancelled_by[i]));
  out.begin("sluice_refusals_total", "What handlers sent and was refused, by reason.",
            type::Counter);
  for (std::size_t i = 0; i < refusals; ++i)
    out.add({{"reason", std::string{name_of(static_cast<refusal>(i + 1))}}},
            static_cast<double>(count.refused_by[i]));
  out.begin("sluice_acknowledgements_ignored_total", "Acknowledgements that earned no credit.",
            type::Counter);
  out.add({{"reason", "late"}}, static_cast<double>(count.acknowledgements_late));
  out.add({{"reason", "foreign"}}, static_cast<double>(count.acknowledgements_foreign));
  out.one("sluice_deadlines_missed_total", "Deadlines that have passed.", type::Counter,
          static_cast<double>(count.deadlines_missed));
}

void add_loops(page& out, const server_view& what) {
  const auto label = [](std::size_t which) { return labels{{"loop", std::to_string(which)}}; };
  out.begin("sluice_loop_busy_seconds",
            "How long an event loop has not looked at its sockets; 0: it waits for them.",
            type::Gauge);
  const auto now = what.time.now();
  for (std::size_t i = 0; i < what.loops.size(); ++i)
    out.add(label(i), seconds_of(what.loops[i].busy_for(now)));
  if (what.loop_lag == duration::zero())
    return;
  out.begin("sluice_loop_holds_total", "Times that an event loop was held up past --loop-lag.",
            type::Counter);
  for (std::size_t i = 0; i < what.loops.size(); ++i)
    out.add(label(i), static_cast<double>(what.loops[i].holds));
  out.begin("sluice_loop_held_seconds_total", "How long these were.", type::Counter);
  for (std::size_t i = 0; i < what.loops.size(); ++i)
    out.add(label(i), static_cast<double>(what.loops[i].held_time) / nanoseconds);
}

void add_requests(page& out, const tallies& routes) {
  static constexpr const char* classes[]{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  out.begin("sluice_requests_total",
            "Requests by route, method and class of status; none: there was no response.",
            type::Counter);
  for (const auto& [route, seen] : routes)
    for (std::size_t i = 0; i < route_tally::methods; ++i)
      for (std::size_t j = 0; j < route_tally::status_classes; ++j)
        if (const std::uint64_t count = seen.requests[i][j]; count != 0)
          out.add({{"route", route},
                   {"method", std::string{to_string(static_cast<method>(i))}},
                   {"code", classes[j]}},
                  static_cast<double>(count));
}

/// A counter by route, where it is not zero.
void add_by_route(page& out, const tallies& routes, std::string name, std::string help,
                  figure<std::uint64_t> route_tally::*which, double unit = 1) {
  out.begin(std::move(name), std::move(help), type::Counter);
  for (const auto& [route, seen] : routes)
    if (const std::uint64_t value = seen.*which; value != 0)
      out.add({{"route", route}}, static_cast<double>(value) / unit);
}

void add_waits(page& out, const tallies& routes) {
  out.begin("sluice_wait_seconds", "Each time that a connection waited for somebody.",
            type::Histogram);
  for (const auto& [route, seen] : routes)
    for (std::size_t i = 0; i < parties; ++i)
      if (seen.waits[i].past.count() != 0)
        out.add({{"route", route}, {"for", std::string{to_string(static_cast<party>(i))}}},
                seen.waits[i].past);
  out.begin("sluice_acknowledgement_seconds",
            "From the delivery of a chunk or message to its acknowledgement.", type::Histogram);
  for (const auto& [route, seen] : routes)
    if (seen.acknowledgements.count() != 0)
      out.add({{"route", route}}, seen.acknowledgements);
}

/// Connections that wait now. What never was is left out, and what was is 0.
void add_waiting(page& out, const tallies& routes) {
  out.begin("sluice_waiting", "Connections that wait for somebody now.", type::Gauge);
  for (const auto& [route, seen] : routes)
    for (std::size_t i = 0; i < parties; ++i)
      if (const std::int64_t now = seen.waits[i].now; now != 0 || seen.waits[i].past.count() != 0)
        out.add({{"route", route}, {"for", std::string{to_string(static_cast<party>(i))}}},
                static_cast<double>(now));
}

void add_process(page& out) {
  const auto process = process_figures::read();
  out.one("process_resident_memory_bytes", "Resident memory size in bytes.", type::Gauge,
          static_cast<double>(process.resident));
  out.one("process_open_fds", "Number of open file descriptors.", type::Gauge,
          static_cast<double>(process.descriptors));
  out.one("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
          type::Counter, process.cpu_seconds);
  out.one("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
          type::Gauge, process.start_time);
  out.begin("sluice_build_info", "The version of the server.", type::Gauge);
  out.add({{"version", SLUICE_VERSION}}, 1);
}

} // namespace

std::string metrics::text() {
  page out;
  const auto count = what_.count();
  add_process(out);
  add_connections(out, what_, count);
  add_handlers(out, count);
  add_loops(out, what_);

  const auto routes = seen_at_routes(what_);
  add_requests(out, routes);
  add_by_route(out, routes, "sluice_content_received_bytes_total",
               "Octets of request content, and of WebSocket messages.",
               &route_tally::content_received);
  add_by_route(out, routes, "sluice_content_sent_bytes_total",
               "Octets of response content, and of WebSocket messages.",
               &route_tally::content_sent);
  add_by_route(out, routes, "sluice_work_for_nobody_seconds_total",
               "How long handlers went on after their client was gone.", &route_tally::dead_time,
               nanoseconds);
  add_by_route(out, routes, "sluice_work_for_nobody_bytes_total",
               "Octets that handlers sent after their client was gone.", &route_tally::dead_octets);
  add_waiting(out, routes);

  tallies with_histograms;
  for (const auto& [route, seen] : routes) {
    const auto is_any = seen.acknowledgements.count() != 0
                        || std::any_of(
                          seen.waits.begin(), seen.waits.end(),
                          [](const wait_tally& each) { return each.past.count() != 0; });
    if (!is_any)
      continue;
    auto& known = with_histograms_;
    auto has_own = std::find(known.begin(), known.end(), route) != known.end();
    if (!has_own && known.size() < most_histogram_routes) {
      known.push_back(route);
      has_own = true;
    }
    with_histograms[has_own ? route : "(others)"].add(seen);
  }
  add_waits(out, with_histograms);
  return out.text();
}

} // namespace sluice

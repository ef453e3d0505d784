#include "sluice/server/admin/admin_routes.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/server/admin/live_page.hpp"
#include "sluice/server/admin/metrics.hpp"
#include "sluice/server/admin/record_report.hpp"
#include "sluice/server/admin/stall_report.hpp"
#include "sluice/server/json/json.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server_view.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice {

namespace {

/// An event loop that is held up for longer makes the server unhealthy.
constexpr std::chrono::seconds sick_after{10};
/// Between two pictures of the live page.
constexpr std::chrono::seconds live_interval{1};

response uncached(response answer) {
  answer.fields.add("Cache-Control", "no-store").add("X-Content-Type-Options", "nosniff");
  return answer;
}

response show_metrics(metrics& all) {
  response answer;
  answer.fields.add("Content-Type", metrics::media_type);
  answer.content = all.text();
  return uncached(std::move(answer));
}

/// Whether the process is to go on. RFC 9110 has no word for it; 200 and 503 are what those who ask
/// expect.
response show_health(const server_view& what) {
  const auto now = what.time.now();
  for (std::size_t i = 0; i < what.loops.size(); ++i) {
    if (what.loops[i].busy_for(now) < sick_after)
      continue;
    const auto* const whose = what.loops[i].runs();
    return uncached(text("event loop " + std::to_string(i) + " is held up"
                           + (whose != nullptr ? " by the handler of " + *whose : std::string{})
                           + '\n',
                         status::service_unavailable));
  }
  return uncached(text("ok\n"));
}

/// Whether it is to be sent requests.
response show_readiness(const server_view& what) {
  if (what.is == server_view::state::draining)
    return uncached(text("draining\n", status::service_unavailable));
  return uncached(text("ready\n"));
}

task show_stalls(exchange& http, const server_view& what) {
  const auto asked = stall_query_of(http.request());
  const auto report = co_await survey(http, what, asked);
  co_await http.respond(uncached(json(report.to_json(what, asked))));
}

task feed_stalls(exchange& http, const server_view& what) {
  const auto asked = stall_query_of(http.request());
  auto events = http.events();
  for (;;) {
    const auto report = co_await survey(http, what, asked);
    const auto picture = report.to_json(what, asked)
                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    server_event event{picture};
    co_await events.send(event);
    const auto event_or_stop = co_await first_of(http.delay(live_interval), http.draining());
    if (event_or_stop.index() == 1)
      break;
  }
  co_await events.finish();
}

response show_page() {
  response answer;
  answer.fields.add("Content-Type", "text/html; charset=utf-8")
    .add("Content-Security-Policy", live_page_policy)
    .add("Referrer-Policy", "no-referrer");
  answer.content = live_page();
  return uncached(std::move(answer));
}

} // namespace

void add_admin_routes(router& routes, const server_view& what) {
  routes.get("/", [](const request&) { return show_page(); });
  routes.get("/metrics", [all = std::make_shared<metrics>(what)](const request&) {
    return show_metrics(*all);
  });
  routes.get("/healthz", [&what](const request&) { return show_health(what); });
  routes.get("/readyz", [&what](const request&) { return show_readiness(what); });
  routes.get("/stalls", [&what](exchange& http) { return show_stalls(http, what); });
  routes.get("/record", [&what](exchange& http) { return show_record(http, what); });
  routes.get("/stalls/live", [&what](exchange& http) { return feed_stalls(http, what); });
}

} // namespace sluice

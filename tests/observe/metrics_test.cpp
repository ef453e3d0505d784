#include "sluice/server/admin/metrics.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server_view.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

/// A service, and its metrics.
struct measured {
  explicit measured(const router& routes) : service{routes}, seen{service.clock()}, all{seen} {
    seen.loops.emplace_back(service.inside());
  }

  simulation service;
  server_view seen;
  metrics all;
};

task take(exchange& http) {
  while (const auto chunk = co_await http.content().next()) {}
  co_await http.respond(status::ok, "thanks");
}

} // namespace

TEST_CASE("requests are counted by route and method and class of status") {
  router routes;
  routes.get("/fine/{name}", [](const request&) { return text("fine"); });
  routes.post("/fine/{name}", take);
  routes.get("/gone", [](const request&) { return redirect("/fine/a"); });
  routes.get("/waits", [](exchange& http) -> task { co_await http.delay(std::chrono::hours{1}); });
  measured world{routes};
  auto& service = world.service;
  auto& client = service.connect();
  client.get("/fine/a");
  client.get("/fine/b");
  client.send_request(method::post, "/fine/c", "hello");
  client.send_request(method::del, "/fine/c");
  client.get("/gone");
  client.get("/nowhere");
  service.run();
  auto& leaves = service.connect();
  leaves.get("/waits");
  service.run();
  leaves.reset();
  service.run();
  const auto text = world.all.text();
  CAPTURE(text);
  CHECK(has(text, "sluice_requests_total{route=\"/fine/{name}\",method=\"GET\",code=\"2xx\"} 2\n"));
  CHECK(
    has(text, "sluice_requests_total{route=\"/fine/{name}\",method=\"POST\",code=\"2xx\"} 1\n"));
  CHECK(has(text, "sluice_requests_total{route=\"/gone\",method=\"GET\",code=\"3xx\"} 1\n"));
  CHECK(has(text, "sluice_requests_total{route=\"(none)\",method=\"GET\",code=\"4xx\"} 1\n"));
  CHECK(has(text, "sluice_requests_total{route=\"(none)\",method=\"DELETE\",code=\"4xx\"} 1\n"));
  CHECK(has(text, "sluice_requests_total{route=\"/waits\",method=\"GET\",code=\"none\"} 1\n"));
  CHECK(has(text, "sluice_content_received_bytes_total{route=\"/fine/{name}\"} 5\n"));
  CHECK(has(text, "sluice_content_sent_bytes_total{route=\"/fine/{name}\"} 14\n"));
  CHECK(has(text, "# TYPE sluice_requests_total counter\n"));
}

TEST_CASE("waits are counted once they are over and those that last at once") {
  router routes;
  routes.post("/take", take);
  measured world{routes};
  auto& service = world.service;
  auto& client = service.connect();
  client.send("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  service.advance(3s);
  CHECK(has(world.all.text(), "sluice_waiting{route=\"/take\",for=\"client\"} 1\n"));
  CHECK_FALSE(has(world.all.text(), "sluice_wait_seconds_count{route=\"/take\",for=\"client\"}"));
  client.send("ab");
  service.run();
  CHECK(client.response().content == "thanks");
  const auto text = world.all.text();
  CAPTURE(text);
  CHECK(has(text, "sluice_waiting{route=\"/take\",for=\"client\"} 0\n"));
  CHECK(has(text, "sluice_wait_seconds_count{route=\"/take\",for=\"client\"} 1\n"));
  CHECK(has(text, "sluice_wait_seconds_sum{route=\"/take\",for=\"client\"} 3\n"));
  CHECK(has(text, "sluice_wait_seconds_bucket{route=\"/take\",for=\"client\",le=\"2.5\"} 0\n"));
  CHECK(has(text, "sluice_wait_seconds_bucket{route=\"/take\",for=\"client\",le=\"10\"} 1\n"));
  CHECK(has(text, "sluice_wait_seconds_bucket{route=\"/take\",for=\"client\",le=\"60\"} 1\n"));
  CHECK(has(text, "sluice_wait_seconds_bucket{route=\"/take\",for=\"client\",le=\"+Inf\"} 1\n"));
  CHECK(has(text, "sluice_acknowledgement_seconds_count{route=\"/take\"} 1\n"));
}

TEST_CASE("the metrics of a thousand routes at which everybody was waited for stay under a MiB") {
  constexpr auto many = 1000;
  router routes;
  for (auto i = 0; i < many; ++i)
    routes.post("/a/route/of/the/usual/length/" + std::to_string(i) + "/{name}", take);
  measured world{routes};
  auto& service = world.service;
  auto& client = service.connect();
  for (auto i = 0; i < many; ++i) {
    client.send("POST /a/route/of/the/usual/length/" + std::to_string(i)
                + "/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
    service.run();
    client.send("b");
    service.run();
  }
  service.inside().settled.for_each([](const settled_route& each) {
    if (each.target != nullptr)
      const_cast<settled_route&>(each).seen.waits[2].past.observe(
        1s); // the client reads at once here
  });
  const auto text = world.all.text();
  CHECK(text.size() < 1024 * 1024);
  CHECK(count_of(text, "sluice_requests_total{") == many);
  CHECK(count_of(text, "sluice_wait_seconds_count{") == 3 * (metrics::most_histogram_routes + 1));
  // One each: where nobody waits for long it is the first wait that is counted.
  CHECK(has(text, "sluice_wait_seconds_count{route=\"(others)\",for=\"network\"} "
                    + std::to_string(many - metrics::most_histogram_routes) + "\n"));
}

TEST_CASE("a route that an application names badly does no harm to the text") {
  router routes;
  measured world{routes};
  auto& service = world.service;
  endpoint bad;
  bad.route = "/a\"b\\c\nd";
  service.inside().settled.of(&bad).seen.count(method::get, status::ok);
  CHECK(has(world.all.text(), "{route=\"/a\\\"b\\\\c\\nd\",method=\"GET\",code=\"2xx\"} 1\n"));
}

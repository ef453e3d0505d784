// What is left of an unusual request must not reach the one behind it.

#include "actors/testing/simulation.hpp"
#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

task answer_late(exchange& http) {
  co_await http.delay(20s);
  co_await http.respond(status::ok, "late");
}

/// Answers all content, and the trailers behind it.
task read_all(exchange& http) {
  std::string all;
  while (auto piece = co_await http.content().next())
    all += piece->text();
  for (const auto line : http.content().trailers())
    all.append("|").append(line.name);
  co_await http.respond(status::ok, std::move(all));
}

router unusual_routes() {
  router routes;
  routes.get("/late", answer_late);
  routes.post("/reads", read_all);
  return routes;
}

} // namespace

TEST_CASE("a second request that is cut short is noticed behind one that is whole (S40 S41)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/late");
  client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
  client.shutdown_write();
  service.advance(20s - 1ms);
  CHECK(client.is_open()); // the first is answered all the same
  CHECK(client.responses().empty());
  service.advance(1ms);
  CHECK(client.response().content == "late");
  CHECK(client.handler().cancelled == cancel_reason::peer_closed);
  CHECK_FALSE(client.is_served());
}

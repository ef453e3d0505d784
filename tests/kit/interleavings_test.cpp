#include "actors/testing/interleavings.hpp"

#include "actors/testing/simulation.hpp"
#include <sluice/sluice.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Who has written down their name, in order.
struct roll {
  std::string names;
};

task sign(exchange& http, roll& all) {
  const auto chunk = co_await http.content().next();
  all.names += chunk->text();
  co_await http.content().next();
  co_await http.respond(status::ok);
}

std::string order_of(std::uint64_t seed) {
  roll all;
  router routes;
  routes.post("/sign", [&all](exchange& http) { return sign(http, all); });
  simulation service{routes, {{}, seed}};
  for (const auto* name : {"a", "b", "c"})
    service.connect().send_request(method::post, "/sign", name);
  service.run();
  return all.names;
}

} // namespace

TEST_CASE("a seed draws one order, always the same, and seeds draw different ones") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto order = order_of(seed);
    CHECK(order.size() == 3);
    CHECK(order_of(seed) == order);
    orders.insert(order);
  }
  CHECK(order_of(0) == "abc");
  CHECK(orders.size() == 6); // every one that there is
}

TEST_CASE("a scenario that fails under some orders is found, with its seed") {
  const auto scenario = [](std::uint64_t seed) {
    expect(order_of(seed).back() == 'c', "c was not the last");
  };
  const auto report = try_interleavings(100, scenario);
  REQUIRE(report.seed);
  CHECK(*report.seed > 0);
  CHECK(report.failure == "c was not the last");
  CHECK(report.text().find("seed " + std::to_string(*report.seed)) != std::string::npos);
  CHECK_THROWS(scenario(*report.seed));
}

TEST_CASE("uploads with resets and slow handlers leave nothing under any order (S44 S60)") {
  router routes;
  routes.post("/slow", [](exchange& http) -> task {
    while (co_await http.content().next())
      co_await http.delay(std::chrono::milliseconds{10});
    co_await http.respond(status::ok);
  });
  const auto report = try_interleavings(200, [&routes](std::uint64_t seed) {
    simulation service{routes, {{}, seed}};
    auto& whole = service.connect();
    auto& broken = service.connect();
    for (auto* client : {&whole, &broken}) {
      client->begin_request(method::post, "/slow");
      client->send_chunk("abc");
    }
    for (std::uint64_t i = 0; i < seed % 20; ++i)
      service.step();
    broken.reset();
    whole.send_chunk("def");
    whole.end_chunks();
    service.advance(std::chrono::seconds{1});
    expect(whole.response().status == 200, "the whole upload was not answered");
    expect(service.handlers_alive() == 0, "a handler is left");
    expect(broken.handler().started == broken.handler().ended, "the broken one has not ended");
  });
  CHECK_MESSAGE(report.holds(), report.text());
  CHECK(report.tried == 201);
}

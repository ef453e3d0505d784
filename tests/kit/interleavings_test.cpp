#include "sluice/actors/testing/interleavings.hpp"

#include "sluice/actors/testing/simulation.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

TEST_CASE("those who may go on do under every order: kernels, loop and pool") {
  std::set<std::string> kernels;
  std::set<std::string> handlers;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::string log;
    router routes;
    routes.get("/{name}", [&log](const request& head) {
      log += head.param("name");
      return text("fine");
    });
    // Between its steps the other may have all of its own.
    routes.post("/{name}", [&log](exchange& http) -> task {
      inbox<int> steps{http};
      log += http.param("name");
      for (auto i = 0; i < 3; ++i) {
        caf::anon_send(caf::actor{&http.self()}, i);
        co_await steps.next();
      }
      log += http.param("name");
    });
    {
      simulation service{routes, {{}, seed}};
      for (const auto* target : {"/a", "/b", "/c"})
        service.connect().get(target);
      service.run();
      kernels.insert(std::exchange(log, {}));
    }
    simulation service{routes, {{}, seed}};
    service.connect().send_request(method::post, "/a");
    service.connect().send_request(method::post, "/b");
    service.run();
    handlers.insert(log);
    if (seed == 0)
      CHECK(*kernels.begin() == "abc");
  }
  CHECK(kernels.size() == 6);
  CHECK(handlers.size() == 6);
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

TEST_CASE("orders are tried until one fails, whatever it throws, and the report says how many") {
  std::vector<std::uint64_t> seeds;
  const auto fails_at = [&seeds](std::uint64_t bad) {
    seeds.clear();
    return try_interleavings(10, [&seeds, bad](std::uint64_t seed) {
      seeds.push_back(seed);
      if (seed == bad)
        throw 17;
    });
  };
  const auto failed = fails_at(3);
  CHECK(seeds == std::vector<std::uint64_t>{0, 1, 2, 3});
  CHECK(failed.tried == 4);
  CHECK(failed.seed == 3);
  CHECK_FALSE(failed.holds());
  CHECK(failed.failure == "it threw something that is no std::exception");
  CHECK(fails_at(0).seed == 0); // a server's own order is one of them
  CHECK(fails_at(10).seed == 10);
  const auto held = fails_at(11);
  CHECK(held.holds());
  CHECK(held.tried == 11);
  CHECK(held.text() == "11 orders tried, and it holds under all");
}

TEST_CASE("with SLUICE_SEED that order alone is tried") {
  struct wish {
    wish() { ::setenv("SLUICE_SEED", "42", 1); }
    ~wish() { ::unsetenv("SLUICE_SEED"); }
  };
  const wish one;
  std::vector<std::uint64_t> seeds;
  const auto report = try_interleavings(10, [&seeds](std::uint64_t seed) {
    seeds.push_back(seed);
    expect(false, "it fails");
  });
  CHECK(seeds == std::vector<std::uint64_t>{42});
  CHECK(report.seed == 42);
  CHECK(report.tried == 1);
  CHECK(report.text().find("(SLUICE_SEED=42 runs that alone): it fails") != std::string::npos);
}

TEST_CASE("a handler that is wrong under few orders is found (S44)") {
  // It believes that the client which came first is told first.
  const auto scenario = [](std::uint64_t seed) {
    std::string told;
    router routes;
    routes.get("/a", [&told](exchange& http) -> task {
      co_await http.respond(status::ok);
      told += 'a';
    });
    routes.get("/b", [&told](exchange& http) -> task {
      co_await http.respond(status::ok);
      told += 'b';
    });
    simulation service{routes, {{}, seed}};
    service.connect().get("/a");
    service.connect().get("/b");
    service.run();
    expect(told == "ab", "b was told first");
  };
  const auto report = try_interleavings(50, scenario);
  REQUIRE_FALSE(report.holds());
  CHECK(*report.seed > 0);
  CHECK(report.failure == "b was told first");
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

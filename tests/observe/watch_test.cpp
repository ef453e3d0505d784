#include "sluice/server/service/watch.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server_view.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct lines final : journal {
  void report(severity level, std::string_view text) override {
    CHECK(level == severity::warning);
    all.emplace_back(text);
  }
  std::vector<std::string> all;
};

struct rig {
  void look() { from_outside.look(service.clock().now()); }
  [[nodiscard]] counters& count() { return service.inside().count; }

  router routes;
  simulation service{routes};
  server_view seen{service.clock()};
  lines log;
  watch from_outside{[this]() -> server_view& {
                       seen.loops.emplace_back(service.inside());
                       seen.loop_lag = 250ms;
                       return seen;
                     }(),
                     log};
};

} // namespace

TEST_CASE("the first refusal is told at once and further ones a second later with their number") {
  rig one;
  one.look();
  CHECK(one.log.all.empty());
  one.count().connections_refused.add();
  one.look();
  REQUIRE(one.log.all.size() == 1);
  CHECK(one.log.all[0] == "a connection was refused with 503: the memory budget is taken");
  one.count().connections_refused.add(700);
  one.look();
  one.service.clock().advance(999ms);
  one.look();
  CHECK(one.log.all.size() == 1);
  one.count().connections_refused.add(11);
  one.service.clock().advance(1ms);
  one.look();
  REQUIRE(one.log.all.size() == 2);
  CHECK(one.log.all[1] == "711 connections were refused with 503: the memory budget is taken");
  one.service.clock().advance(10s);
  one.look();
  CHECK(one.log.all.size() == 2);
}

TEST_CASE("each kind of refusal is told by itself") {
  rig one;
  one.count().accepts_paused.add();
  one.count().accepts_failed.add(2);
  one.count().detached_refused.add();
  one.count().connections_starved.add();
  one.look();
  REQUIRE(one.log.all.size() == 4);
  CHECK(one.log.all[0].find("accepting pauses") == 0);
  CHECK(one.log.all[1].find("2 connections could not be taken") == 0);
  CHECK(one.log.all[2].find("--detached-threads") != std::string::npos);
  CHECK(one.log.all[3].find("a connection was ended for want of memory") == 0);
}

TEST_CASE("a loop that is held up is told once a second and at its end (S84)") {
  rig one;
  const std::string whose = "/slow";
  {
    const code_run held{one.service.inside().loop, whose};
    one.service.inside().loop.note_busy();
    one.service.clock().advance(250ms);
    one.look();
    CHECK(one.log.all.empty());
    for (auto i = 0; i < 20; ++i) {
      one.service.clock().advance(125ms);
      one.look();
    }
    CHECK(one.log.all.size() == 3);
    CHECK(one.log.all[0].find("0.38 s, now by the handler of /slow; 0 connections wait")
          != std::string::npos);
    CHECK(one.log.all[2].find("2.38 s") != std::string::npos);
    CHECK(one.seen.loops[0].holds == 1);
    CHECK(one.seen.loops[0].held_time == static_cast<std::uint64_t>(duration{2750ms}.count()));
  }
  CHECK(one.service.inside().loop.runs() == nullptr);
  one.service.inside().loop.note_idle();
  one.look();
  CHECK(one.log.all.size() == 4);
  CHECK(one.log.all[3]
        == "event loop 0 goes on: it was held up for at least 2.75 s, at last by the handler of "
           "/slow");
  one.look();
  CHECK(one.log.all.size() == 4);
}

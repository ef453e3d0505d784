// Delays of handlers whose threads are not that of the loop that keeps the timers. Some of what is
// checked here would hold by chance: `./dev threads` sees whether two threads were at one timer.

#include "sluice/actors/handler/handler_actor.hpp"
#include "tests/actors/function_actor.hpp"
#include "tests/actors/handler/support.hpp"
#include "tests/actors/loop_fixture.hpp"

#include <caf/actor_system.hpp>
#include <doctest/doctest.h>

#include <latch>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto handlers = 4;

caf::actor silent_connection(caf::actor_system& system) {
  return spawn_function(system, [](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](int) {}};
  });
}

/// Starts a handler on a thread that is not the loop's.
caf::actor spawn_elsewhere(caf::actor_system& system, const endpoint& target, event_loop& keeper) {
  return spawn_handler(system, {{}, silent_connection(system), &target, nullptr, nullptr, &keeper});
}

} // namespace

TEST_CASE_FIXTURE(loop_fixture,
                  "a delay that is given up just when it is due leaves no timer behind (S56 S60)") {
  auto target = http_endpoint([](exchange& http) -> task {
    for (auto round = 0; round < 200; ++round) {
      const auto before = http.delay(0s);
      const auto awaited = http.delay(0s);
      const auto behind = http.delay(0s);
      co_await awaited;
    }
  });
  SUBCASE("by a pooled handler") {
    target.where = placement::pooled;
  }
  SUBCASE("by a detached handler") {
    target.where = placement::detached;
  }
  std::vector<caf::actor> all;
  for (auto i = 0; i < handlers; ++i)
    all.push_back(spawn_elsewhere(system, target, *loop));
  for (const auto& one : all)
    await_end(one);
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
}

TEST_CASE_FIXTURE(loop_fixture, "a delay that another thread gives up leaves on the loop's (S56)") {
  std::latch is_armed{1};
  std::latch may_give_up{1};
  std::latch is_given_up{1};
  auto target = http_endpoint([&](exchange& http) -> task {
    {
      const auto delay = http.delay(1h);
      is_armed.count_down();
      may_give_up.wait();
    }
    is_given_up.count_down();
    co_return;
  });
  target.where = placement::detached;
  const auto handler = spawn_elsewhere(system, target, *loop);
  is_armed.wait();
  on_loop([&] { // nothing else runs here meanwhile
    CHECK(loop->timers().size() == 1);
    may_give_up.count_down();
    is_given_up.wait();
    CHECK(loop->timers().size() == 1);
  });
  await_end(handler);
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
}

TEST_CASE_FIXTURE(loop_fixture, "delays that outlive their loop are given up without it (S60)") {
  std::latch are_waiting{handlers};
  std::latch may_end{1};
  auto target = http_endpoint([&](exchange& http) -> task {
    const auto delay = http.delay(1h);
    are_waiting.count_down();
    may_end.wait();
    co_return;
  });
  target.where = placement::detached;
  auto other = make_loop(time);
  std::thread turns{[&other] { other->run(); }};
  std::vector<caf::actor> all;
  for (auto i = 0; i < handlers; ++i)
    all.push_back(spawn_elsewhere(system, target, *other));
  are_waiting.wait();
  other->stop();
  turns.join();
  may_end.count_down();
  for (const auto& one : all)
    await_end(one);
  CHECK(other->timers().size() == 0);
}

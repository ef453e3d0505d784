#include "sluice/actors/caf/scheduler.hpp"

#include "tests/actors/function_actor.hpp"
#include "tests/support/patience.hpp"

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_actor.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>

using namespace std::chrono_literals;
using sluice::testing::function_actor;
using sluice::testing::spawn_function;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.max-threads", 2);
    sluice::load_scheduler(*this);
  }
};

struct system_fixture {
  config options;
  caf::actor_system system{options};
  caf::scoped_actor self{system};

  [[nodiscard]] caf::actor me() const { return caf::actor_cast<caf::actor>(self); }
};

/// Takes requests and never answers.
caf::behavior silent(caf::event_based_actor* self) {
  return {[self](int) { return self->make_response_promise(); }};
}

/// Occupies the clock: where a delayed message is due, the clock's thread waits for the test.
class clock_blocker final : public caf::local_actor, public caf::dynamically_typed_actor_base {
public:
  using signatures = caf::none_t;
  explicit clock_blocker(caf::actor_config& options) : caf::local_actor{options} {}
  void launch(caf::execution_unit*, bool, bool) override {}
  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override {
    is_blocked.count_down();
    may_go_on.wait();
  }

  std::latch is_blocked{1};
  std::latch may_go_on{1};
};

} // namespace

TEST_CASE_FIXTURE(system_fixture, "actors run on a pool that shares its work") {
  using pool = caf::scheduler::coordinator<caf::policy::work_sharing>;
  CHECK(dynamic_cast<pool*>(&system.scheduler()) != nullptr);
}

TEST_CASE_FIXTURE(system_fixture, "actors without timers answer and end") {
  for (int i = 0; i < 1000; ++i) {
    const auto actor = spawn_function(system, [](caf::event_based_actor* it) -> caf::behavior {
      return {[it](int value) {
        it->quit();
        return value + 1;
      }};
    });
    self->request(actor, caf::infinite, i)
      .receive([i](int value) { CHECK(value == i + 1); },
               [](const caf::error&) { FAIL("no answer"); });
  }
}

TEST_CASE_FIXTURE(system_fixture, "a request that is not answered times out") {
  const auto other = spawn_function(system, silent);
  spawn_function(system, [&](caf::event_based_actor* asker) -> caf::behavior {
    asker->request(other, 1ms, 1)
      .then([] { FAIL("an answer"); },
            [asker, me = me()](caf::error& why) { asker->send(me, std::move(why)); });
    return {};
  });
  self->receive([](const caf::error& why) { CHECK(why == caf::sec::request_timeout); });
  self->send_exit(other, caf::exit_reason::user_shutdown);
}

TEST_CASE_FIXTURE(system_fixture,
                  "a delayed message arrives at its time also when its sender has ended") {
  const auto start = std::chrono::steady_clock::now();
  spawn_function(system, [this](caf::event_based_actor* sender) -> caf::behavior {
    sender->delayed_send(me(), 1ms, 1);
    sender->delayed_send(me(), 5ms, 2);
    return {};
  });
  int sum = 0;
  self->receive([&](int value) { sum = value; });
  CHECK(sum == 1);
  self->receive([&](int value) { sum += value; });
  CHECK(sum == 3);
  CHECK(std::chrono::steady_clock::now() - start >= 5ms);
}

TEST_CASE_FIXTURE(system_fixture,
                  "an actor that sets a timer again after one has fired is served again") {
  spawn_function(system, [this](caf::event_based_actor* it) -> caf::behavior {
    it->delayed_send(it, 1ms, 1);
    return {[it, me = me()](int round) {
      if (round < 5)
        return it->delayed_send(it, 1ms, round + 1);
      it->send(me, round);
      it->quit();
    }};
  });
  self->receive([](int round) { CHECK(round == 5); });
}

TEST_CASE_FIXTURE(system_fixture, "an actor that ends with a timer running holds up nobody (S60)") {
  const auto other = spawn_function(system, silent);
  const auto actor = spawn_function(system, [&other](caf::event_based_actor* it) -> caf::behavior {
    it->request(other, 60min, 1).then([] {});
    return {[it](int) { it->quit(); }};
  });
  self->monitor(actor);
  self->send(actor, 1);
  self->receive([](const caf::down_msg& down) { CHECK_FALSE(down.reason); });
  self->send_exit(other, caf::exit_reason::user_shutdown);
}

TEST_CASE_FIXTURE(system_fixture,
                  "the clock keeps nobody who has ended with a timer running (S60)") {
  const auto other = spawn_function(system, silent);
  const auto quits = [](caf::event_based_actor* it) { return [it](int) { it->quit(); }; };
  function_actor::function make;
  SUBCASE("for a request") {
    make = [&](caf::event_based_actor* it) -> caf::behavior {
      it->request(other, 60min, 1).then([] {});
      return {quits(it)};
    };
  }
  SUBCASE("for a message") {
    make = [&](caf::event_based_actor* it) -> caf::behavior {
      return {quits(it), caf::after(60min) >> [] {}};
    };
  }
  SUBCASE("for a request behind one that was answered") {
    make = [&](caf::event_based_actor* it) -> caf::behavior {
      it->request(other, 1ms, 1)
        .then([] {},
              [it, &other](const caf::error&) {
                it->request(other, 60min, 1).then([] {});
                it->quit();
              });
      return {[](int) {}};
    };
  }
  caf::weak_actor_ptr ended;
  {
    const auto actor = spawn_function(system, make);
    ended = caf::actor_cast<caf::weak_actor_ptr>(actor);
    self->send(actor, 1);
  }
  CHECK(sluice::testing::comes_true([&] { return !ended.lock(); }));
  self->send_exit(other, caf::exit_reason::user_shutdown);
}

TEST_CASE_FIXTURE(system_fixture, "actors that never set a timer end without the clock") {
  caf::actor_config plain;
  const auto actor = caf::make_actor<clock_blocker, caf::strong_actor_ptr>(
    system.next_actor_id(), system.node(), &system, plain);
  auto& blocker = static_cast<clock_blocker&>(*actor->get());
  auto& clock = system.scheduler().clock();
  clock.schedule_message(clock.now(), actor,
                         caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, 1));
  blocker.is_blocked.wait();
  // Far more than the clock's queue has room for.
  constexpr int count = 1000;
  std::latch ended{count};
  for (int i = 0; i < count; ++i)
    spawn_function(system, [&ended](caf::event_based_actor* it) -> caf::behavior {
      it->attach_functor([&ended] { ended.count_down(); });
      return {};
    });
  auto all = std::async(std::launch::async, [&ended] { ended.wait(); });
  CHECK(all.wait_for(sluice::testing::patience) == std::future_status::ready);
  blocker.may_go_on.count_down();
  all.wait();
}

#include "sluice/actors/loop/event_loop.hpp"

#include "tests/actors/loop_fixture.hpp"
#include "tests/actors/ready_descriptor.hpp"
#include "tests/actors/scripted_job.hpp"

#include <caf/resumable.hpp>
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

class scripted_timer final : public timer {
public:
  explicit scripted_timer(std::function<void()> call) : call_{std::move(call)} {}
  void on_due(time_point) override { call_(); }

private:
  std::function<void()> call_;
};

} // namespace

// -- calls ------------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture,
                  "what is posted runs on the thread of the loop in the order of posting") {
  std::string log;
  for (const auto c : {'a', 'b', 'c'})
    post_call(*loop, [&log, c] { log += c; });
  CHECK(on_loop([] { return std::this_thread::get_id(); }) == thread.get_id());
  CHECK(log == "abc");
  CHECK(on_loop([this] { return loop->is_current_thread(); }));
  CHECK_FALSE(loop->is_current_thread());
}

TEST_CASE_FIXTURE(loop_fixture, "nothing is lost when many threads post at once") {
  constexpr int each = 1000;
  int count = 0; // only the loop counts
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        post_call(*loop, [&count] { ++count; });
    });
  for (auto& poster : threads)
    poster.join();
  CHECK(on_loop([&count] { return count; }) == 4 * each);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "what is posted on the loop runs after the call that posts it (S9)") {
  std::string log;
  on_loop([&] {
    post_call(*loop, [&log] { log += 'b'; });
    log += 'a';
  });
  on_loop([] {});
  CHECK(log == "ab");
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a loop with nothing to do is woken by each post" * doctest::timeout(10)) {
  for (int i = 0; i < 100; ++i)
    CHECK(on_loop([i] { return i; }) == i);
}

TEST_CASE_FIXTURE(loop_fixture, "what was posted before the stop still runs") {
  auto other = make_loop(time);
  std::size_t count = 0;
  for (std::size_t i = 0; i < 3 * event_loop::jobs_per_round; ++i)
    post_call(*other, [&count] { ++count; });
  other->stop();
  other->run();
  CHECK(count == 3 * event_loop::jobs_per_round);
}

TEST_CASE_FIXTURE(loop_fixture, "what never runs is given back when the loop is destroyed (S60)") {
  auto other = make_loop(time);
  const auto held = std::make_shared<int>(0);
  post_call(*other, [held] {});
  scripted_job job{[](std::size_t) { return caf::resumable::done; }};
  other->resume_here(job);
  other.reset();
  CHECK(held.use_count() == 1);
  CHECK(job.references == 0);
}

TEST_CASE_FIXTURE(loop_fixture, "what is posted to a loop that has ended is given back (S60)") {
  auto other = make_loop(time);
  other->stop();
  other->run();
  const auto held = std::make_shared<int>(0);
  post_call(*other, [held] {});
  CHECK(held.use_count() == 1);
}

// -- fairness ---------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture,
                  "a queue that never empties starves neither descriptors nor timers (S52)") {
  bool is_seen = false;
  bool is_due = false;
  std::promise<void> done;
  std::function<void()> spin = [&] {
    if (is_seen && is_due)
      done.set_value();
    else
      post_call(*loop, [&spin] { spin(); });
  };
  ready_descriptor ready{[&] {
    is_seen = true;
    loop->unwatch(ready.descriptor, ready);
  }};
  scripted_timer due{[&] { is_due = true; }};
  on_loop([&] {
    spin();
    loop->timers().arm(due, loop->now());
    REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
  });
  done.get_future().get();
  on_loop([] {});
}

TEST_CASE_FIXTURE(loop_fixture, "what goes on in the next round lets descriptors go first (S52)") {
  bool is_seen = false;
  int rounds_before = 0;
  std::promise<void> done;
  std::function<void()> go_on = [&] {
    if (is_seen)
      return done.set_value();
    ++rounds_before;
    post_call_next_round(*loop, [&go_on] { go_on(); });
  };
  ready_descriptor ready{[&] {
    is_seen = true;
    loop->unwatch(ready.descriptor, ready);
  }};
  on_loop([&] {
    REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
    post_call_next_round(*loop, [&go_on] { go_on(); });
  });
  done.get_future().get();
  on_loop([] {});
  CHECK(rounds_before == 0);
}

// -- timers -----------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture, "a timer runs when driven time has come and not before (S56)") {
  std::atomic<bool> is_due{false};
  std::promise<void> done;
  scripted_timer due{[&] {
    is_due = true;
    done.set_value();
  }};
  on_loop([&] { loop->timers().arm(due, loop->now() + 10s); });
  advance(9999ms);
  for (int round = 0; round < 3; ++round)
    on_loop([] {});
  CHECK_FALSE(is_due);
  advance(1ms);
  done.get_future().get();
  CHECK(on_loop([&] { return loop->timers().size(); }) == 0);
}

TEST_CASE_FIXTURE(loop_fixture, "the loop sees the time of its round") {
  const auto before = on_loop([this] { return loop->now(); });
  time.advance(5s);
  // The first call may still belong to the round that was under way.
  on_loop([] {});
  CHECK(on_loop([this] { return loop->now(); }) == before + 5s);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a sleeping loop wakes for its earliest timer when time passes by itself"
                    * doctest::timeout(10)) {
  const time_source real;
  auto other = make_loop(real);
  std::string log;
  scripted_timer late{[&] {
    log += 'b';
    other->stop();
  }};
  scripted_timer early{[&] { log += 'a'; }};
  const auto start = real.now();
  other->timers().arm(late, start + 5ms);
  other->timers().arm(early, start + 2ms);
  other->run();
  CHECK(log == "ab");
  CHECK(real.now() - start >= 5ms);
}

// -- descriptors ------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture, "a descriptor that can't be watched is an error") {
  ready_descriptor ready{[] {}};
  CHECK(on_loop([&] { return loop->watch(-1, interest::input, ready); })
        == std::errc::bad_file_descriptor);
}

TEST_CASE_FIXTURE(
  loop_fixture, "events that were fetched for a descriptor that is no longer watched are dropped") {
  int calls = 0;
  std::unique_ptr<ready_descriptor> first;
  std::unique_ptr<ready_descriptor> second;
  const auto drop_both = [&] {
    ++calls;
    loop->unwatch(first->descriptor, *first);
    loop->unwatch(second->descriptor, *second);
  };
  first = std::make_unique<ready_descriptor>(drop_both);
  second = std::make_unique<ready_descriptor>(drop_both);
  on_loop([&] {
    REQUIRE_FALSE(loop->watch(first->descriptor, interest::input, *first));
    REQUIRE_FALSE(loop->watch(second->descriptor, interest::input, *second));
  });
  on_loop([] {});
  on_loop([] {});
  CHECK(calls == 1);
}

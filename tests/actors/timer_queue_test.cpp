#include "sluice/actors/loop/timer_queue.hpp"

#include "tests/support/memory_allowance.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <new>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{1h};

class scripted_timer final : public timer {
public:
  explicit scripted_timer(std::function<void(time_point)> call) : call_{std::move(call)} {}
  void on_due(time_point now) override { call_(now); }

private:
  std::function<void(time_point)> call_;
};

} // namespace

TEST_CASE("timers run in the order they are due") {
  timer_queue queue;
  std::string log;
  scripted_timer a{[&](time_point) { log += 'a'; }};
  scripted_timer b{[&](time_point) { log += 'b'; }};
  scripted_timer c{[&](time_point) { log += 'c'; }};
  queue.arm(c, start + 3s);
  queue.arm(a, start + 1s);
  queue.arm(b, start + 2s);
  CHECK(queue.next_due() == start + 1s);
  CHECK(queue.run_due(start + 2s) == 2);
  CHECK(log == "ab");
  CHECK(queue.size() == 1);
  CHECK(queue.next_due() == start + 3s);
}

TEST_CASE("a timer runs at its time and not a tick before and only once") {
  timer_queue queue;
  int calls = 0;
  time_point seen;
  scripted_timer t{[&](time_point now) {
    ++calls;
    seen = now;
  }};
  queue.arm(t, start);
  CHECK(t.is_armed());
  CHECK(t.due() == start);
  CHECK(queue.run_due(start - duration{1}) == 0);
  CHECK(queue.run_due(start) == 1);
  CHECK(seen == start);
  CHECK_FALSE(t.is_armed());
  CHECK(queue.run_due(start + 1h) == 0);
  CHECK(calls == 1);
}

TEST_CASE("arming an armed timer moves it") {
  timer_queue queue;
  int calls = 0;
  scripted_timer t{[&](time_point) { ++calls; }};
  queue.arm(t, start);
  queue.arm(t, start + 1s);
  CHECK(queue.size() == 1);
  CHECK(queue.run_due(start) == 0);
  CHECK(queue.run_due(start + 1s) == 1);
  CHECK(calls == 1);
}

TEST_CASE("a disarmed timer does not run") {
  timer_queue queue;
  scripted_timer t{[](time_point) { FAIL("it runs"); }};
  queue.arm(t, start);
  queue.disarm(t);
  queue.disarm(t);
  CHECK_FALSE(t.is_armed());
  CHECK_FALSE(queue.next_due());
  CHECK(queue.run_due(start) == 0);
}

TEST_CASE("destroying a timer disarms it") {
  timer_queue queue;
  {
    scripted_timer t{[](time_point) { FAIL("it runs"); }};
    queue.arm(t, start);
  }
  CHECK(queue.size() == 0);
  CHECK(queue.run_due(start) == 0);
}

TEST_CASE("a timer may arm itself again and does not run for ever (S52)") {
  timer_queue queue;
  int calls = 0;
  timer* self = nullptr;
  scripted_timer t{[&](time_point now) {
    ++calls;
    queue.arm(*self, now);
  }};
  self = &t;
  queue.arm(t, start);
  CHECK(queue.run_due(start) == 1);
  CHECK(t.is_armed());
  CHECK(queue.run_due(start) == 1);
  CHECK(calls == 2);
}

TEST_CASE("a timer may disarm or destroy another that is due as well") {
  timer_queue queue;
  auto victim = std::make_unique<scripted_timer>([](time_point) { FAIL("it runs"); });
  scripted_timer other{[](time_point) { FAIL("it runs"); }};
  scripted_timer t{[&](time_point) {
    victim.reset();
    queue.disarm(other);
  }};
  queue.arm(t, start);
  queue.arm(*victim, start);
  queue.arm(other, start + 1s);
  CHECK(queue.run_due(start + 1s) == 1);
  CHECK(queue.size() == 0);
}

TEST_CASE("a timer may destroy itself when it runs") {
  timer_queue queue;
  std::unique_ptr<scripted_timer> t;
  t = std::make_unique<scripted_timer>([&](time_point) { t.reset(); });
  queue.arm(*t, start);
  CHECK(queue.run_due(start) == 1);
  CHECK(t == nullptr);
}

TEST_CASE("a timer that gets no memory is called again soon, and the others are not held up") {
  timer_queue queue;
  std::string log;
  auto has_memory = false;
  scripted_timer poor{[&](time_point) {
    if (!has_memory)
      throw std::bad_alloc{};
    log += 'p';
  }};
  scripted_timer other{[&](time_point) { log += 'o'; }};
  queue.arm(poor, start);
  queue.arm(other, start);
  CHECK(queue.run_due(start) == 2);
  CHECK(log == "o");
  CHECK(queue.next_due() == start + 10ms);
  has_memory = true;
  CHECK(queue.run_due(start + 10ms) == 1);
  CHECK(log == "op");
  CHECK(queue.size() == 0);
}

TEST_CASE("arming a timer needs no memory") {
  timer_queue queue;
  scripted_timer t{[](time_point) {}};
  const memory_allowance none{0};
  queue.arm(t, start);
  queue.disarm(t);
  queue.arm(t, start + 1s);
  const auto is_armed = t.is_armed();
  CHECK(is_armed);
}

#include "actors/event_loop.hpp"

#include "actors/handler/handler_actor.hpp"
#include "actors/handler/inbox.hpp"
#include "actors/messages.hpp"
#include "actors/scheduler.hpp"
#include "tests/actors/function_actor.hpp"
#include "tests/actors/handler/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.max-threads", 2);
    load_scheduler(*this);
    sluice::add_message_types(*this);
  }
};

/// An event loop on a thread of its own, with time that the test drives.
struct loop_fixture {
  loop_fixture() : thread{[this] { loop->run(); }} {}
  ~loop_fixture() {
    loop->stop();
    thread.join();
  }

  [[nodiscard]] std::unique_ptr<event_loop> make_loop(const time_source& clock) {
    std::error_code error;
    auto made = event_loop::make(system, clock, 1024, error);
    REQUIRE_FALSE(error);
    return made;
  }

  /// Runs `call` on the loop and waits for its result.
  template <class Call>
  auto on_loop(Call call) {
    const auto job = std::make_shared<std::packaged_task<decltype(call())()>>(std::move(call));
    auto result = job->get_future();
    post_call(*loop, [job] { (*job)(); });
    return result.get();
  }

  void advance(duration by) {
    time.advance(by);
    loop->wake();
  }

  void await_end(const caf::actor& which) {
    caf::scoped_actor {
      system
      } -> wait_for(which);
  }

  config options;
  caf::actor_system system{options};
  driven_time time;
  std::unique_ptr<event_loop> loop = make_loop(time);
  std::thread thread;
};

class scripted_timer final : public timer {
public:
  explicit scripted_timer(std::function<void()> call) : call_{std::move(call)} {}
  void on_due(time_point) override { call_(); }

private:
  std::function<void()> call_;
};

/// A descriptor that is ready to be read, and what to do about it.
class ready_descriptor final : public io_handler {
public:
  explicit ready_descriptor(std::function<void()> call) : call_{std::move(call)} {}
  ~ready_descriptor() override { ::close(descriptor); }
  void on_ready(std::uint32_t events) override {
    CHECK((events & EPOLLIN) != 0);
    call_();
  }

  const int descriptor = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

private:
  std::function<void()> call_;
};

/// Answers everything that a handler sends at once.
caf::behavior agreeable_connection(caf::event_based_actor* self) {
  self->set_default_handler(
    [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
      return caf::message{};
    });
  return {[](int) {}};
}

using thread_ids = std::promise<std::vector<std::thread::id>>;

/// Notes on which thread each of `count` messages finds it.
behavior_handler thread_reporter(std::size_t count, thread_ids& out) {
  return {[count, &out](caf::event_based_actor* self, const request&,
                        const caf::actor&) -> caf::behavior {
    const auto seen = std::make_shared<std::vector<std::thread::id>>();
    return {[=, &out](int) {
      seen->push_back(std::this_thread::get_id());
      if (seen->size() < count)
        return;
      out.set_value(*seen);
      self->quit();
    }};
  }};
}

/// Sends what it gets to `to`, from the scheduler's threads.
caf::behavior relay(caf::event_based_actor* self, const caf::actor& to) {
  return {[self, to](int value) {
    self->send(to, value);
    self->quit();
  }};
}

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

TEST_CASE_FIXTURE(loop_fixture, "a loop with nothing to do is woken by each post") {
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
  const auto actor = spawn_function(system, agreeable_connection);
  caf::anon_send(actor, caf::exit_reason::user_shutdown);
  caf::intrusive_ptr_add_ref(caf::actor_cast<caf::strong_actor_ptr>(actor).get());
  other->exec_later(dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(actor)));
  other.reset();
  CHECK(held.use_count() == 1);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
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
    REQUIRE_FALSE(loop->watch(ready.descriptor, EPOLLIN, ready));
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
    REQUIRE_FALSE(loop->watch(ready.descriptor, EPOLLIN, ready));
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
                  "a sleeping loop wakes for its earliest timer when time passes by itself") {
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
  CHECK(on_loop([&] { return loop->watch(-1, EPOLLIN, ready); }) == std::errc::bad_file_descriptor);
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
    REQUIRE_FALSE(loop->watch(first->descriptor, EPOLLIN, *first));
    REQUIRE_FALSE(loop->watch(second->descriptor, EPOLLIN, *second));
  });
  on_loop([] {});
  on_loop([] {});
  CHECK(calls == 1);
}

// -- actors -----------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture,
                  "a handler on the loop stays there whoever sends to it from whatever thread") {
  thread_ids seen;
  auto target = http_endpoint(thread_reporter(30, seen));
  auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  caf::scoped_actor self{system};
  for (int i = 0; i < 10; ++i) {
    self->send(handler, i);
    caf::anon_send(system.spawn(relay, handler), i);
    post_call(*loop, [=] { caf::anon_send(handler, i); });
  }
  for (const auto& id : seen.get_future().get())
    CHECK(id == thread.get_id());
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "what another thread sends has its turn also where a handler never rests (S52)") {
  auto target = http_endpoint([](exchange& http) -> task {
    const auto self = caf::actor{&http.self()};
    inbox<int> numbers{http};
    do
      caf::anon_send(self, 0);
    while (co_await numbers.next() == 0);
  });
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  on_loop([] {});
  caf::anon_send(handler, 1);
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture, "a pooled handler does not run on the loop that sends to it") {
  thread_ids seen;
  auto target = http_endpoint(thread_reporter(10, seen));
  target.where = placement::pooled;
  auto handler = spawn_handler(
    system, {{}, spawn_function(system, agreeable_connection), &target, nullptr, nullptr});
  for (int i = 0; i < 10; ++i)
    // As a connection sends: from the loop, naming the loop.
    on_loop(
      [&] { handler->enqueue(nullptr, caf::make_message_id(), caf::make_message(i), loop.get()); });
  for (const auto& id : seen.get_future().get())
    CHECK(id != thread.get_id());
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture, "a detached handler has a thread of its own") {
  thread_ids seen;
  auto target = http_endpoint(thread_reporter(10, seen));
  target.where = placement::detached;
  auto handler = spawn_handler(
    system, {{}, spawn_function(system, agreeable_connection), &target, nullptr, nullptr});
  for (int i = 0; i < 10; ++i)
    on_loop(
      [&] { handler->enqueue(nullptr, caf::make_message_id(), caf::make_message(i), loop.get()); });
  const auto ids = seen.get_future().get();
  CHECK(ids.front() != thread.get_id());
  for (const auto& id : ids)
    CHECK(id == ids.front());
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture, "a coroutine on the loop delays by the clock of the loop (S56)") {
  std::promise<std::thread::id> over;
  std::promise<void> waits;
  auto target = http_endpoint([&](exchange& http) -> task {
    const auto delay = http.delay(10s);
    waits.set_value();
    co_await delay;
    over.set_value(std::this_thread::get_id());
  });
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  waits.get_future().get();
  CHECK(on_loop([&] { return loop->timers().next_due(); }) == time.now() + 10s);
  advance(10s);
  CHECK(over.get_future().get() == thread.get_id());
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a handler that is cancelled in a delay leaves no timer behind (S60)") {
  bool gone = false;
  auto target = http_endpoint([&gone](exchange& http) -> task {
    const witness local{gone};
    co_await http.delay(1h);
  });
  auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  on_loop([] {});
  CHECK(on_loop([this] { return loop->timers().size(); }) == 1);
  caf::anon_send<caf::message_priority::high>(handler, cancelled{cancel_reason::draining});
  await_end(handler);
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
  CHECK(gone);
}

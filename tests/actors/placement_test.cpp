// Which thread runs whom: handlers where their route places them, all others never on a loop.

#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "tests/actors/function_actor.hpp"
#include "tests/actors/handler/support.hpp"
#include "tests/actors/loop_fixture.hpp"
#include "tests/support/patience.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
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

/// Tells which thread a number finds it on.
caf::behavior tells_thread(caf::event_based_actor*, std::promise<std::thread::id>* out) {
  return {[out](int) { out->set_value(std::this_thread::get_id()); }, [](caf::ok_atom) {}};
}

} // namespace

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
  std::atomic<int> own{0};
  std::atomic<int> last{0};
  auto target = http_endpoint([&](exchange& http) {
    return [](exchange& ex, std::atomic<int>& taken, std::atomic<int>& end) -> task {
      const auto self = caf::actor{&ex.self()};
      inbox<int> numbers{ex};
      do {
        ++taken;
        caf::anon_send(self, 0);
        end = co_await numbers.next();
      } while (end == 0);
    }(http, own, last);
  });
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  on_loop([] {});
  caf::anon_send(handler, 1);
  await_end(handler);
  CHECK(last == 1);
  CHECK(own > 1); // it did not rest before
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
  const auto connection = spawn_function(system, agreeable_connection);
  auto target = http_endpoint([&gone](exchange& http) -> task {
    const witness local{gone};
    co_await http.delay(1h);
  });
  auto handler = spawn_handler(system, {{}, connection, &target, nullptr, loop.get(), loop.get()});
  on_loop([] {});
  CHECK(on_loop([this] { return loop->timers().size(); }) == 1);
  caf::send_as<caf::message_priority::high>(connection, handler,
                                            cancelled{cancel_reason::draining});
  await_end(handler);
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
  CHECK(gone);
}

TEST_CASE_FIXTURE(
  loop_fixture,
  "the delays of handlers elsewhere begin now and not with the loop's last round (S56)") {
  std::promise<void> time_has_passed;
  std::promise<void> waits;
  auto target = http_endpoint([&](exchange& http) -> task {
    time_has_passed.get_future().get(); // it may block: its thread is not the loop's
    const auto delay = http.delay(5s);
    waits.set_value();
    co_await delay;
  });
  target.where = placement::detached;
  on_loop([] {}); // then it sleeps, and does not see the time
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, nullptr, loop.get()});
  time.advance(10s);
  time_has_passed.set_value();
  waits.get_future().get();
  CHECK(on_loop([this] { return loop->timers().next_due(); }) == time.now() + 5s);
  advance(5s);
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture, "a delay that was not chosen leaves no timer behind (S56 S60)") {
  std::promise<void> waits;
  auto target = http_endpoint([&waits](exchange& http) -> task {
    inbox<int> numbers{http};
    for (auto i = 0; i < 100; ++i) {
      http.self().send(caf::actor{&http.self()}, i);
      co_await first_of(numbers.next(), http.delay(1h));
    }
    const auto last = http.delay(2h);
    waits.set_value();
    co_await last;
  });
  SUBCASE("on the loop") {}
  SUBCASE("on the pool") {
    target.where = placement::pooled;
  }
  const auto connection = spawn_function(system, agreeable_connection);
  const auto handler = spawn_handler(system,
                                     {{},
                                      connection,
                                      &target,
                                      nullptr,
                                      target.where == placement::on_loop ? loop.get() : nullptr,
                                      loop.get()});
  waits.get_future().get();
  CHECK(on_loop([this] { return loop->timers().size(); }) == 1);
  CHECK(on_loop([this] { return loop->timers().next_due(); }) == time.now() + 2h);
  caf::send_as<caf::message_priority::high>(connection, handler,
                                            cancelled{cancel_reason::draining});
  await_end(handler);
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
}

// -- the application's own -----------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture,
                  "an actor that something on a loop wakes does not run there (S94)") {
  std::promise<std::thread::id> seen;
  const auto actor = system.spawn(tells_thread, &seen);
  // Once it has answered this, it sleeps.
  caf::scoped_actor self{system};
  self->request(actor, caf::infinite, caf::ok_atom::value)
    .receive([] {}, [](const caf::error&) { FAIL("no answer"); });
  on_loop(
    [&] { actor->enqueue(nullptr, caf::make_message_id(), caf::make_message(1), loop.get()); });
  CHECK(seen.get_future().get() != thread.get_id());
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "an actor that a handler on a loop spawns does not run there (S94)") {
  std::promise<std::thread::id> seen;
  auto target = http_endpoint([&seen](exchange& http) -> task {
    const auto plain = http.self().spawn(tells_thread, &seen);
    http.self().send(plain, 1);
    http.adopt(plain);
    co_await http.delay(1h);
  });
  const auto connection = spawn_function(system, agreeable_connection);
  const auto handler = spawn_handler(system,
                                     {{}, connection, &target, nullptr, loop.get(), loop.get()});
  CHECK(seen.get_future().get() != thread.get_id());
  caf::send_as<caf::message_priority::high>(connection, handler,
                                            cancelled{cancel_reason::draining});
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a detached handler's thread ends with it, not with its handle (S60)") {
  const auto before = system.detached_actors();
  auto target = http_endpoint([](exchange&) -> task { co_return; });
  target.where = placement::detached;
  const auto handler = spawn_handler(
    system, {{}, spawn_function(system, agreeable_connection), &target, nullptr, nullptr});
  await_end(handler);
  CHECK(comes_true([&] { return system.detached_actors() == before; }));
}

TEST_CASE_FIXTURE(loop_fixture, "a handler whose loop has ended answers who asks it (S60)") {
  auto other = make_loop(time);
  auto target = http_endpoint([](exchange& http) -> task { co_await http.delay(1h); });
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, other.get(), other.get()});
  other->stop();
  other->run();
  caf::scoped_actor self{system};
  self->request(handler, caf::infinite, 1)
    .receive([] { FAIL("an answer"); },
             [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
}

// -- whose messages count ------------------------------------------------------------------

TEST_CASE_FIXTURE(loop_fixture, "a chunk and a cancellation count only from the connection (S3)") {
  const auto connection = spawn_function(system, agreeable_connection);
  std::promise<std::string> got;
  endpoint target;
  SUBCASE("of a coroutine") {
    target = http_endpoint([&got](exchange& http) -> task {
      const auto first = co_await http.content().next();
      got.set_value(std::string{first->text()});
    });
  }
  SUBCASE("of a behavior") {
    target = http_endpoint(behavior_handler{
      [&got](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
        return {[&got, self](const chunk& first) {
          got.set_value(std::string{first.content.text()});
          self->quit();
        }};
      },
      true});
  }
  const auto handler = spawn_handler(system,
                                     {{}, connection, &target, nullptr, loop.get(), loop.get()});
  on_loop([] {});
  caf::scoped_actor self{system};
  self->send<caf::message_priority::high>(handler, cancelled{cancel_reason::draining});
  self->request(handler, caf::infinite, chunk{octets{"foreign"}})
    .receive([] { FAIL("it was taken"); },
             [](const caf::error& why) { CHECK(why == caf::sec::unexpected_message); });
  caf::send_as(connection, handler, chunk{octets{"own"}});
  CHECK(got.get_future().get() == "own");
  await_end(handler);
}

TEST_CASE_FIXTURE(loop_fixture, "a behavior hears answers of others whatever their type (S3)") {
  const auto history = spawn_function(system, [](caf::event_based_actor*) -> caf::behavior {
    return {[](int) { return message{message_kind::text, octets{"then"}, true}; }};
  });
  std::promise<std::string> got;
  auto target = http_endpoint(behavior_handler{
    [&](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
      self->request(history, caf::infinite, 1).then([&got, self](const message& said) {
        got.set_value(std::string{said.text()});
        self->quit();
      });
      return {[](const chunk&) {}};
    },
    true});
  const auto handler = spawn_handler(
    system,
    {{}, spawn_function(system, agreeable_connection), &target, nullptr, loop.get(), loop.get()});
  CHECK(got.get_future().get() == "then");
  await_end(handler);
}

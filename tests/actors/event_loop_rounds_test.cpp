// What a round of an event loop does, and in which order; on the test's own thread.

#include "sluice/actors/loop/event_loop.hpp"
#include "tests/actors/loop_fixture.hpp"
#include "tests/actors/ready_descriptor.hpp"
#include "tests/actors/scripted_job.hpp"
#include "tests/actors/turning_loop.hpp"

#include <caf/actor_system.hpp>
#include <caf/local_actor.hpp>
#include <caf/make_actor.hpp>
#include <caf/resumable.hpp>
#include <doctest/doctest.h>

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

/// Remembers what it is sent.
class listening_actor final : public caf::local_actor, public caf::dynamically_typed_actor_base {
public:
  using signatures = caf::none_t;
  explicit listening_actor(caf::actor_config& options) : caf::local_actor{options} {}
  void launch(caf::execution_unit*, bool, bool) override {}
  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    heard.push_back(std::move(element));
  }
  std::vector<caf::mailbox_element_ptr> heard;
};

/// Takes messages on a loop.
struct pinned final : pinned_actor {
  pinned(caf::strong_actor_ptr self, std::string& to) : hold{std::move(self)}, log{to} {}
  void receive(caf::mailbox_element_ptr element) override {
    log += element->content().get_as<char>(0);
  }
  caf::strong_actor_ptr keep_alive() override { return hold; }
  caf::strong_actor_ptr hold;
  std::string& log;
};

caf::strong_actor_ptr make_listener(caf::actor_system& system) {
  caf::actor_config plain;
  return caf::make_actor<listening_actor, caf::strong_actor_ptr>(system.next_actor_id(),
                                                                 system.node(), &system, plain);
}

std::vector<caf::mailbox_element_ptr>& heard_by(const caf::strong_actor_ptr& who) {
  return static_cast<listening_actor*>(who->get())->heard;
}

caf::mailbox_element_ptr message(char what) {
  return caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, what);
}

} // namespace

TEST_CASE_FIXTURE(turning_loop, "256 jobs run between two looks at the descriptors (S52)") {
  auto done = 0;
  auto done_at_look = 0;
  ready_descriptor ready{[&] {
    done_at_look = done;
    loop->unwatch(ready.descriptor, ready);
  }};
  REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
  for (auto i = 0; i < 257; ++i)
    post_call(*loop, [&] { ++done; });
  loop->turn();
  CHECK(done_at_look == 256);
  CHECK(done == 256);
  loop->turn();
  CHECK(done == 257);
}

TEST_CASE_FIXTURE(turning_loop,
                  "what other threads post comes behind what waits here, in its order") {
  std::string seen;
  pinned receiver{make_listener(system), seen};
  loop->post(receiver, message('a'));
  std::thread{[&] {
    loop->post(receiver, message('b'));
    post_call(*loop, [&] { seen += 'c'; });
    loop->post(receiver, message('d'));
  }}.join();
  loop->post(receiver, message('e'));
  CHECK(seen.empty());
  loop->turn();
  CHECK(seen == "aebcd");
  CHECK_FALSE(loop->turn());
}

TEST_CASE_FIXTURE(turning_loop, "a message keeps its receiver in place while it waits") {
  std::string seen;
  pinned receiver{make_listener(system), seen};
  const auto alone = receiver.hold->strong_refs.load();
  loop->post(receiver, message('a'));
  CHECK(receiver.hold->strong_refs == alone + 1);
  loop->turn();
  CHECK(receiver.hold->strong_refs == alone);
}

TEST_CASE_FIXTURE(turning_loop, "a request that a loop will not run any more is answered (S60)") {
  std::string seen;
  pinned receiver{make_listener(system), seen};
  const auto asks = make_listener(system);
  const auto request = [&](caf::message_id id) {
    loop->post(receiver, caf::make_mailbox_element(asks, id, {}, 'r'));
  };
  const auto first = caf::make_message_id(1).response_id().request_id();
  request(first);
  std::thread{[&] { request(first); }}.join();
  loop->close();
  REQUIRE(heard_by(asks).size() == 2);
  CHECK(heard_by(asks).front()->mid == first.response_id());
  CHECK(heard_by(asks).front()->content().get_as<caf::error>(0) == caf::sec::request_receiver_down);
  request(first);
  CHECK(heard_by(asks).size() == 3);
  std::thread{[&] { request(first); }}.join();
  CHECK(heard_by(asks).size() == 4);
  CHECK(seen.empty());
}

TEST_CASE_FIXTURE(turning_loop,
                  "an actor is resumed for 50 messages and has its next turn behind the "
                  "others (S52)") {
  std::string seen;
  auto turns = 0;
  scripted_job job{[&](std::size_t messages) {
    CHECK(messages == 50);
    seen += 'j';
    return ++turns < 3 ? caf::resumable::resume_later : caf::resumable::awaiting_message;
  }};
  loop->resume_here(job);
  post_call(*loop, [&] { seen += 'a'; });
  loop->turn();
  CHECK(seen == "jajj");
  CHECK(job.references == 0); // it is given back when it waits, and not before
}

TEST_CASE_FIXTURE(turning_loop, "an actor that has ended is given back and one that never ran too "
                                "(S60)") {
  scripted_job ends{[](std::size_t) { return caf::resumable::done; }};
  loop->resume_here(ends);
  CHECK(ends.references == 1);
  loop->turn();
  CHECK(ends.references == 0);

  scripted_job waits{[](std::size_t) { return caf::resumable::done; }};
  scripted_job late{[](std::size_t) { return caf::resumable::done; }};
  loop->resume_here(waits);
  loop->close();
  CHECK(waits.references == 0);
  loop->resume_here(late);
  CHECK(late.references == 0);
}

TEST_CASE_FIXTURE(turning_loop, "a descriptor that is watched again is told again (S57)") {
  auto told = 0;
  ready_descriptor ready{[&] {
    ++told;
    loop->unwatch(ready.descriptor, ready);
  }};
  SUBCASE("after it was given up while it was told") {
    REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
    CHECK(loop->turn());
    CHECK(told == 1);
    CHECK_FALSE(loop->turn());
  }
  SUBCASE("after it was given up between two looks") {
    REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
    loop->unwatch(ready.descriptor, ready);
    ++told;
  }
  REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
  loop->turn();
  CHECK(told == 2);
}

TEST_CASE_FIXTURE(turning_loop,
                  "what is put off to the next round waits for a look at the descriptors "
                  "and is not lost (S52)") {
  std::string seen;
  ready_descriptor ready{[&] {
    seen += 'd';
    loop->unwatch(ready.descriptor, ready);
  }};
  REQUIRE_FALSE(loop->watch(ready.descriptor, interest::input, ready));
  post_call(*loop, [&] {
    seen += 'a';
    post_call_next_round(*loop, [&] { seen += 'n'; });
    post_call(*loop, [&] { seen += 'b'; });
  });
  CHECK(loop->turn());
  CHECK(seen == "abd");
  CHECK(loop->turn());
  CHECK(seen == "abdn");
  CHECK_FALSE(loop->turn());
}

TEST_CASE_FIXTURE(turning_loop, "what is put off when a loop ends is given back (S60)") {
  const auto held = std::make_shared<int>(0);
  post_call_next_round(*loop, [held] {});
  loop->close();
  CHECK(held.use_count() == 1);
}

TEST_CASE_FIXTURE(turning_loop, "a loop belongs to no thread once it has ended") {
  CHECK(loop->is_current_thread());
  loop->close();
  CHECK_FALSE(loop->is_current_thread());
}

TEST_CASE_FIXTURE(turning_loop, "steps run one job each and keep the order of each receiver") {
  std::string seen;
  pinned one{make_listener(system), seen};
  pinned other{make_listener(system), seen};
  const auto last = [](std::size_t waiting) { return waiting - 1; };
  loop->post(one, message('a'));
  loop->post(other, message('p'));
  loop->post(one, message('b'));
  post_call(*loop, [&] { seen += 'x'; });
  loop->post(other, message('q'));
  const auto step = [&](const auto& choose) {
    const auto before = seen.size();
    CHECK(loop->step(choose));
    CHECK(seen.size() == before + 1);
  };
  step(last); // of the other's the first
  CHECK(seen == "p");
  step([](std::size_t waiting) {
    CHECK(waiting == 4);
    return std::size_t{1}; // of the one's the first
  });
  CHECK(seen == "pa");
  step(last);
  step(last);
  step(last);
  CHECK(seen == "paqxb");
  CHECK_FALSE(loop->step(last));
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a timer that is due already waits for nothing else" * doctest::timeout(10)) {
  struct keeping final : timer {
    void on_due(time_point) override { done.set_value(); }
    std::promise<void> done;
  };
  for (auto i = 0; i < 20; ++i) {
    keeping due;
    on_loop([&] { loop->timers().arm(due, loop->now()); });
    due.done.get_future().get();
    on_loop([] {}); // it has returned
  }
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
}

TEST_CASE_FIXTURE(turning_loop, "a step runs timers before jobs and a job of the next round last") {
  struct noting final : timer {
    explicit noting(std::string& to) : log{to} {}
    void on_due(time_point) override { log += 't'; }
    std::string& log;
  };
  std::string seen;
  noting due{seen};
  const auto first = [](std::size_t) { return std::size_t{0}; };
  post_call_next_round(*loop, [&] { seen += 'n'; });
  post_call(*loop, [&] { seen += 'j'; });
  loop->timers().arm(due, time.now() + 1s);
  time.advance(1s);
  for (auto i = 0; i < 3; ++i)
    CHECK(loop->step(first));
  CHECK(seen == "tjn");
  CHECK_FALSE(loop->step(first));
}

TEST_CASE_FIXTURE(loop_fixture, "a job that posts itself on and on does not hold up a stop (S59)") {
  auto other = make_loop(time);
  auto count = 0;
  std::function<void()> again = [&] {
    ++count;
    post_call(*other, [&again] { again(); });
  };
  post_call(*other, [&again] { again(); });
  other->stop();
  other->run();
  CHECK(count == 1);
  CHECK_FALSE(other->is_current_thread());
}

TEST_CASE_FIXTURE(loop_fixture,
                  "a loop does not sleep while something is put off" * doctest::timeout(10)) {
  for (auto i = 0; i < 20; ++i) {
    std::promise<void> done;
    on_loop([&] { post_call_next_round(*loop, [&] { done.set_value(); }); });
    done.get_future().get();
  }
  CHECK(on_loop([this] { return loop->timers().size(); }) == 0);
}

// What a coroutine handler waited for and gave up: nothing of it is left, and nothing of it comes
// back.

#include "sluice/actors/handler/ask.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "tests/actors/handler/support.hpp"
#include "tests/support/memory_in_use.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using get = caf::atom_constant<caf::atom("get")>;
using never = caf::atom_constant<caf::atom("never")>;

caf::behavior oracle(caf::event_based_actor* self, int answer) {
  return {
    [=](get) { return answer; },
    [self](never) { return self->make_response_promise<int>(); },
  };
}

/// Keeps the promises that it makes.
caf::behavior promising(caf::event_based_actor* self, std::vector<caf::response_promise>* made) {
  return {[=](get) -> caf::result<int> {
    made->push_back(self->make_response_promise<int>());
    return made->back();
  }};
}

/// Delays and time limits that CAF's clock has yet to tell of.
std::size_t timers_set(handler_fixture& client) {
  auto& scheduler = client.system().scheduler();
  return dynamic_cast<caf::scheduler::test_coordinator&>(scheduler).clock().schedule().size();
}

/// Waits in one way or other for what never comes, and gives up.
using attempt = std::function<task(exchange&, const caf::actor&)>;

task give_up_on_answer(exchange& http, const caf::actor& other) {
  co_await first_of(ask<int>(http, other, never::value), http.delay(1ms));
}

task give_up_on_delay(exchange& http, const caf::actor& other) {
  co_await first_of(ask<int>(http, other, get::value), http.delay(1h));
  { [[maybe_unused]] const auto unused = http.delay(1h); }
  co_await http.delay(1ms);
}

task give_up_on_inbox(exchange& http, const caf::actor& other) {
  inbox<std::string> texts{http};
  co_await first_of(texts.next(), ask<int>(http, other, get::value));
  co_await http.delay(1ms);
}

} // namespace

TEST_CASE("a thousand waits that were given up leave nothing behind (S60)") {
  attempt given_up;
  SUBCASE("for an answer") {
    given_up = give_up_on_answer;
  }
  SUBCASE("for a delay") {
    given_up = give_up_on_delay;
  }
  SUBCASE("for an inbox") {
    given_up = give_up_on_inbox;
  }
  constexpr std::size_t rounds = 1000;
  std::size_t done = 0;
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  client.start(http_endpoint([&](exchange& http) -> task {
    while (true) {
      co_await given_up(http, other);
      ++done;
    }
  }));
  client.run();
  client.advance(1s); // what is kept for good is there
  CHECK(done >= rounds);
  CHECK(timers_set(client) == 1);
  const auto before = memory_in_use();
  const auto done_before = done;
  client.advance(1s);
  CHECK(done - done_before == rounds);
  CHECK(timers_set(client) == 1);
  CHECK(memory_in_use() <= before + rounds); // less than an octet for each
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(timers_set(client) == 0);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_CASE("the time limit of an ask is kept to the tick") {
  for (const auto answered_after : {2s - 1ns, 2s + 0ns}) {
    CAPTURE(answered_after.count());
    const auto is_in_time = answered_after < 2s;
    std::string log;
    std::vector<caf::response_promise> promises;
    handler_fixture client;
    const auto other = client.system().spawn(promising, &promises);
    client.start(http_endpoint([&](exchange& http) -> task {
      for (auto i = 0; i < 2; ++i) {
        auto event = co_await first_of(ask<int>(http, other, get::value), http.delay(2s));
        log += event.index() == 0 ? std::to_string(std::get<0>(event)) : "late";
        log += ' ';
      }
    }));
    client.run();
    client.advance(answered_after);
    CHECK(log == (is_in_time ? "" : "late "));
    REQUIRE(promises.size() == (is_in_time ? 1 : 2));
    promises.front().deliver(1); // too late, it is for nobody, and not for the next
    client.run();
    CHECK(log == (is_in_time ? "1 " : "late "));
    REQUIRE(promises.size() == 2);
    promises.back().deliver(2);
    client.run();
    CHECK(log == (is_in_time ? "1 2 " : "late 2 "));
    CHECK_FALSE(client.handler_alive());
    promises.clear();
    caf::anon_send_exit(other, caf::exit_reason::kill);
  }
}

TEST_CASE("a delay goes on where it was whatever its handler waits for meanwhile (S56)") {
  std::string log;
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  client.start(http_endpoint([&](exchange& http) -> task {
    inbox<std::string> texts{http};
    const auto limit = http.delay(10s);
    for (auto i = 0; i < 3; ++i)
      log += co_await texts.next();
    co_await ask<int>(http, other, get::value);
    co_await first_of(texts.next(), http.delay(2s)); // over at 8 s
    log += '2';
    co_await limit;
    log += '.';
  }));
  client.run();
  for (auto i = 0; i < 3; ++i) {
    client.advance(2s);
    caf::anon_send(client.seen().handler, std::string{"a"});
    client.run();
  }
  CHECK(log == "aaa");
  client.advance(4s - 1ns);
  CHECK(log == "aaa2");
  client.advance(1ns);
  CHECK(log == "aaa2.");
  CHECK_FALSE(client.handler_alive());
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

// -- inboxes -----------------------------------------------------------------------

namespace {

/// Sends texts, each as a request, and counts how they were answered.
struct answered {
  int good = 0;
  std::vector<caf::error> errors;
};

void request_texts(caf::event_based_actor* self, const caf::actor& to, int count, answered* log) {
  for (auto i = 0; i < count; ++i)
    self->request(to, caf::infinite, std::string{"a"})
      .then([log] { ++log->good; }, [log](const caf::error& why) { log->errors.push_back(why); });
}

/// Sends texts without waiting, and stays.
caf::behavior send_texts(caf::event_based_actor* self, const caf::actor& to, int count,
                         bool* has_ended) {
  self->attach_functor([has_ended] { *has_ended = true; });
  for (auto i = 0; i < count; ++i)
    self->send(to, std::string{"a"});
  return {[](get) {}};
}

} // namespace

TEST_CASE("what an inbox has taken makes room for as many that wait for their answers") {
  // Past this many at once they are dropped.
  constexpr auto most = static_cast<int>(bounded_queue<caf::message>::most_awaited);
  handler_fixture client;
  auto taken = 0;
  client.start(web_socket_endpoint([&taken](web_socket& socket) -> task {
    inbox<std::string> texts{socket, {slow_consumer::wait, 1}};
    while (true) {
      co_await socket.delay(1s);
      while (texts.size() > 0) {
        co_await texts.next();
        ++taken;
      }
    }
  }));
  client.run();
  for (auto round = 1; round <= 3; ++round) {
    CAPTURE(round);
    answered log;
    client.system().spawn(request_texts, client.seen().handler, most + 1, &log);
    client.run();
    CHECK(log.good == 0);
    REQUIRE(log.errors.size() == 1);
    CHECK(refusal_of(log.errors.front()) == refusal::output_full);
    client.advance(1s);
    CHECK(log.good == most);
    CHECK(log.errors.size() == 1);
    CHECK(taken == round * most);
  }
}

TEST_CASE("who does not wait for an answer is not ended by what an inbox drops") {
  for (const auto policy : {slow_consumer::drop_oldest, slow_consumer::drop_newest,
                            slow_consumer::latest, slow_consumer::wait, slow_consumer::close}) {
    handler_fixture client;
    auto taken = 0;
    client.start(web_socket_endpoint([&taken, policy](web_socket& socket) -> task {
      inbox<std::string> texts{socket, {policy, 1}};
      co_await socket.delay(1s);
      while (texts.size() > 0) {
        co_await texts.next();
        ++taken;
      }
    }));
    client.run();
    auto has_ended = false;
    const auto sender = client.system().spawn(send_texts, client.seen().handler, 3, &has_ended);
    client.run();
    client.advance(1s);
    CHECK(taken == 1);
    CHECK_FALSE(has_ended);
    caf::anon_send_exit(sender, caf::exit_reason::kill);
  }
}

TEST_CASE("an inbox is for messages as long as it is there") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint([&log](web_socket& socket) -> task {
    {
      inbox<std::string> outer{socket};
      {
        inbox<std::string> inner{socket};
        co_await socket.delay(1s);
        log += std::to_string(inner.size()) + std::to_string(outer.size());
      }
      co_await socket.delay(1s);
      log += std::to_string(outer.size());
    }
    co_await socket.delay(1h);
  }));
  client.run();
  answered early;
  client.system().spawn(request_texts, client.seen().handler, 1, &early);
  client.run();
  client.advance(1s);
  CHECK(log == "01"); // the first that wants it
  client.system().spawn(request_texts, client.seen().handler, 1, &early);
  client.run();
  client.advance(1s);
  CHECK(log == "012");
  REQUIRE(early.errors.size() == 2); // it went with what waited in it
  CHECK(early.errors.back() == caf::sec::request_receiver_down);
  answered late;
  client.system().spawn(request_texts, client.seen().handler, 1, &late);
  client.run();
  REQUIRE(late.errors.size() == 1);
  CHECK(late.errors.front() == caf::sec::unexpected_message);
}

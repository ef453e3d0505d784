// The mailbox of a coroutine handler on its connection's loop: what overtakes, what comes back, and
// who hears of its end.

#include "sluice/actors/testing/interleavings.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using get = caf::atom_constant<caf::atom("get")>;

/// How requests to a handler were answered.
struct answers {
  bool are_sent = false; ///< the requests
  std::size_t good = 0;
  std::vector<caf::error> errors;
};

/// Sends numbers to a handler, as requests.
void ask_for(caf::event_based_actor* self, const caf::actor& whom, int count, answers* log) {
  for (auto i = 0; i < count; ++i)
    self->request(whom, caf::infinite, i)
      .then([log] { ++log->good; }, [log](const caf::error& why) { log->errors.push_back(why); });
  log->are_sent = true;
}

/// Promises an answer.
caf::behavior promising(caf::event_based_actor* self, caf::response_promise* promise) {
  return {[=](get) -> caf::result<int> {
    *promise = self->make_response_promise<int>();
    return *promise;
  }};
}

/// A service whose one handler is known, on the loop or on the pool.
struct known_handler {
  caf::actor handler; ///< is let go when the simulation ends
  router routes;

  void serve(exchange_handler how, bool is_pooled = false) {
    routes.on_stop([this] { handler = nullptr; });
    auto served = routes.post("/", [this, run = std::move(how)](exchange& http) {
      handler = caf::actor{&http.self()};
      return run(http);
    });
    if (is_pooled)
      served.pooled();
  }
};

} // namespace

TEST_CASE("cancellation overtakes a chunk in the mailbox wherever the handler runs (S2 S44)") {
  for (const auto is_pooled : {false, true}) {
    CAPTURE(is_pooled);
    auto taken = 0;
    known_handler subject;
    subject.serve(
      [&taken](exchange& http) -> task {
        while (co_await http.content().next())
          ++taken;
      },
      is_pooled);
    simulation service{subject.routes};
    auto& client = service.connect();
    client.begin_request(method::post, "/");
    service.run();
    client.send_chunk("abc");
    while (client.handler().delivered.empty() && service.step()) {}
    REQUIRE(client.handler().is_stalled);
    client.reset();
    service.run();
    CHECK(taken == 0);
    CHECK(client.handler().acknowledged == 0);
    CHECK(client.handler().ignored == 0);
    CHECK(client.handler().ended == 1);
  }
}

TEST_CASE("requests that wait in the mailbox of a handler that ends are answered (S60)") {
  for (const auto is_pooled : {false, true}) {
    CAPTURE(is_pooled);
    known_handler subject;
    subject.serve([](exchange& http) -> task { co_await http.delay(1h); }, is_pooled);
    simulation service{subject.routes};
    auto& client = service.connect();
    client.send_request(method::post, "/");
    service.run();
    answers log;
    service.system().spawn(ask_for, subject.handler, 3, &log);
    while (!log.are_sent && service.step()) {}
    client.reset(); // what it brings overtakes them
    service.run();
    CHECK(service.handlers_alive() == 0);
    CHECK(log.good == 0);
    CHECK(log.errors.size() == 3);
  }
}

TEST_CASE("requests that a handler has skipped are answered when it ends (S60)") {
  known_handler subject;
  caf::response_promise promise;
  caf::actor other;
  subject.serve([&other](exchange& http) -> task {
    http.self().request(other, caf::infinite, get::value).await([](int) {});
    co_await http.delay(1h);
  });
  simulation service{subject.routes};
  other = service.system().spawn(promising, &promise);
  auto& client = service.connect();
  client.send_request(method::post, "/");
  service.run();
  answers log;
  service.system().spawn(ask_for, subject.handler, 3, &log);
  service.run();
  CHECK(log.errors.empty());
  client.reset(); // is heard although the handler waits for an answer only
  service.run();
  CHECK(service.handlers_alive() == 0);
  CHECK(log.errors.size() == 3);
  promise = {};
  caf::anon_send_exit(std::exchange(other, nullptr), caf::exit_reason::kill);
}

TEST_CASE("a request to a handler that has ended is answered at once (S60)") {
  for (const auto is_pooled : {false, true}) {
    CAPTURE(is_pooled);
    known_handler subject;
    subject.serve([](exchange& http) -> task { co_await http.respond(status::ok); }, is_pooled);
    simulation service{subject.routes};
    service.connect().send_request(method::post, "/");
    service.run();
    REQUIRE(service.handlers_alive() == 0);
    answers log;
    service.system().spawn(ask_for, subject.handler, 2, &log);
    service.run();
    REQUIRE(log.errors.size() == 2);
    CHECK(log.errors.front() == caf::sec::request_receiver_down);
    // And by who is on its loop.
    service.system().spawn(ask_for, caf::actor_cast<caf::actor>(subject.handler), 1, &log);
    service.run();
    CHECK(log.errors.size() == 3);
  }
}

TEST_CASE("what a handler has skipped comes back in its order under any order of events") {
  const auto report = try_interleavings(100, [](std::uint64_t seed) {
    std::string log;
    known_handler subject;
    caf::response_promise promise;
    caf::actor other;
    subject.serve([&](exchange& http) -> task {
      inbox<std::string> texts{http};
      http.self().request(other, caf::infinite, get::value).await([&log](int) { log += '!'; });
      while (log.size() < 6)
        log += co_await texts.next();
      co_await http.respond(status::ok);
    });
    simulation service{subject.routes, {{}, seed}};
    other = service.system().spawn(promising, &promise);
    auto& client = service.connect();
    client.send_request(method::post, "/");
    service.run();
    // Some behind the answer, or none.
    const auto before = seed % 3 + 3;
    const std::string texts = "abcde";
    for (std::uint64_t i = 0; i < texts.size(); ++i) {
      if (i == before)
        promise.deliver(7);
      caf::anon_send(subject.handler, texts.substr(i, 1));
      service.step();
    }
    if (before == texts.size())
      promise.deliver(7);
    service.run();
    expect(log == "!abcde", "the texts came as " + log);
    expect(client.responses().size() == 1, "no answer");
    caf::anon_send_exit(std::exchange(other, nullptr), caf::exit_reason::kill);
  });
  CHECK_MESSAGE(report.holds(), report.text());
}

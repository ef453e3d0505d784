#include "sluice/actors/testing/contract.hpp"

#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

contract_report check_post(exchange_handler handler) {
  router routes;
  routes.post("/", std::move(handler));
  contract_subject subject;
  subject.target = "/";
  subject.method = method::post;
  subject.pieces = {"one", "two", "three"};
  return check_contract(routes, subject);
}

contract_report check_post(const behavior_handler& handler) {
  router routes;
  routes.post("/", handler);
  contract_subject subject;
  subject.target = "/";
  subject.method = method::post;
  subject.pieces = {"one", "two"};
  return check_contract(routes, subject);
}

bool says(const contract_report& report, std::string_view what) {
  return report.text().find(what) != std::string::npos;
}

task count(exchange& http) {
  std::size_t total = 0;
  while (const auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(status::ok, std::to_string(total));
}

} // namespace

TEST_CASE("a handler that keeps the contract is told so, whatever its form") {
  const auto coroutine = check_post(exchange_handler{count});
  CHECK_MESSAGE(coroutine.holds(), coroutine.text());
  // Two whole; three ways to go at four steps, twice; four silences; two that do not read; a stop.
  CHECK(coroutine.played == 2 + 3 * 4 * 2 + 4 + 2 + 1);

  const auto early = check_post(exchange_handler{[](exchange& http) -> task {
    co_await http.respond(status::forbidden); // content that nobody reads is no fault (S23)
  }});
  CHECK_MESSAGE(early.holds(), early.text());

  router routes;
  routes.get("/", [](const request&) { return text("hello"); });
  routes.web_socket("/echo", [](web_socket& socket) -> task {
    while (auto message = co_await socket.next())
      co_await socket.send(*std::move(message));
  });
  contract_subject subject;
  subject.target = "/";
  const auto function = check_contract(routes, subject);
  CHECK_MESSAGE(function.holds(), function.text());
  CHECK(function.played == 2 + 3 * 1 * 2 + 1 + 2 + 1);
  subject.target = "/echo";
  subject.is_web_socket = true;
  subject.pieces = {"a", std::string(200'000, 'b'), "c"};
  const auto socket = check_contract(routes, subject);
  CHECK_MESSAGE(socket.holds(), socket.text());
  CHECK(socket.played == 2 + 3 * 4 * 2 + 2 + 1); // it may be silent
}

TEST_CASE("a response that is never finished is named") {
  const auto report = check_post(exchange_handler{[](exchange& http) -> task {
    while (co_await http.content().next()) {}
    co_await http.begin(status::ok);
    co_await http.send("half");
  }});
  CHECK(says(report, "a client that sends everything at once: the response was never finished"));
}

TEST_CASE("content that is left unread without an answer is named") {
  router routes;
  routes
    .post("/",
          [](exchange& http) -> task {
            co_await http.content().next();
            co_await http.content().next();
            co_await http.delay(1h);
          })
    .handler_deadline(0s);
  contract_subject subject;
  subject.target = "/";
  subject.method = method::post;
  subject.pieces = {"one", "two", "three"};
  const auto report = check_contract(routes, subject);
  CHECK(
    says(report, "a client that sends piece by piece: content was left unread without an answer"));
}

TEST_CASE("a handler that fails is named with its failure") {
  const auto report = check_post(exchange_handler{[](exchange& http) -> task {
    co_await http.content().next();
    throw std::runtime_error{"no such table"};
  }});
  CHECK(says(report, "the answer is 500"));
  CHECK(says(report, "no such table"));
}

TEST_CASE("sends without waiting are named") {
  const auto report = check_post(exchange_handler{[](exchange& http) -> task {
    while (co_await http.content().next()) {}
    const std::string piece(64 * 1024, 'x');
    co_await http.begin(status::ok);
    std::vector<pending_answer> all;
    for (auto i = 0; i < 100; ++i)
      all.push_back(http.send(piece));
    co_await std::move(all.front());
    co_await http.finish();
  }});
  CHECK(says(report, "a client that does not read: the handler sends without waiting"));
}

TEST_CASE("children that outlive their handler are named, and adopted ones are not") {
  const auto idle = [](caf::event_based_actor* self, int) -> caf::behavior {
    return {[self](int) { self->quit(); }};
  };
  std::vector<caf::actor> kept; // an actor that nobody holds would end by itself
  for (const auto is_adopted : {false, true}) {
    CAPTURE(is_adopted);
    router routes;
    routes.on_stop([&kept] { kept.clear(); });
    routes.post("/", [&](exchange& http) -> task {
      kept.push_back(is_adopted ? spawn_child(http, idle, 1) : http.self().spawn(idle, 1));
      while (co_await http.content().next()) {}
      co_await http.respond(status::ok);
    });
    contract_subject subject;
    subject.target = "/";
    subject.method = method::post;
    subject.pieces = {"one"};
    const auto report = check_contract(routes, subject);
    CHECK(report.holds() == is_adopted);
    CHECK(says(report, "1 actors that the handler spawned are left") == !is_adopted);
  }
}

TEST_CASE("a behavior that ignores cancellation, or goes on with data, is named") {
  const auto deaf = check_post(behavior_handler{[](caf::event_based_actor* self, const request&,
                                                   const caf::actor& connection) -> caf::behavior {
    return {
      [](const chunk&) {},
      [self, connection](const end_of_content&) {
        self->request(connection, caf::infinite, respond{text("done")})
          .then([self] { self->quit(); }, [self](const caf::error&) { self->quit(); });
      },
      [](const cancelled&) {},
    };
  }});
  for (const std::string how : {"resets the connection", "closes", "shuts down its side"})
    for (const std::string at : {"behind the head", "behind piece 1 of 2", "behind piece 2 of 2"})
      for (const std::string when : {"", ", while the handler works"}) {
        const auto what = "a client that " + how + ' ' + at + when;
        CAPTURE(what);
        CHECK(says(deaf, what + ": the handler outlived its grace period of 5000 ms"));
      }
  for (const std::string at : {"behind the head", "behind piece 1 of 2", "behind piece 2 of 2"})
    CHECK(says(deaf, "falls silent " + at + ": the handler outlived its grace period"));

  // Keeps the chunk, and handles it after all.
  const auto late = check_post(behavior_handler{
    [](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
      const auto held = std::make_shared<caf::response_promise>();
      return {
        [self, held](const chunk&) { *held = self->make_response_promise(); },
        [](const end_of_content&) {},
        [self, held](const cancelled&) {
          if (held->pending())
            held->deliver(caf::unit);
          self->quit();
        },
      };
    }});
  CHECK(says(late, "the handler handled data after it was cancelled"));
}

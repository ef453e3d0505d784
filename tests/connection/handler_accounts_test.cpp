// What a connection keeps of its handlers, one after the other: credit, demand, clocks, gauges.

#include "sluice/actors/testing/simulation.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// Begins its response, acknowledges everything, and does not end when it is told to.
behavior_handler deaf_after_head() {
  return {[](caf::event_based_actor* self, const request&,
             const caf::actor& connection) -> caf::behavior {
            self->send(connection, begin_response{});
            return {[](const chunk&) {}, [](const cancelled&) {}};
          },
          true};
}

task count(exchange& http) {
  std::size_t total = 0;
  while (const auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(status::ok, std::to_string(total));
}

} // namespace

// -- acknowledgements ---------------------------------------------------------------

TEST_CASE("a coroutine acknowledges each delivery once however often it asks (S3)") {
  router routes;
  routes
    .post("/often",
          [](exchange& http) -> task {
            for (auto i = 0; i < 2; ++i)
              while (co_await http.content().next()) {
                [[maybe_unused]] const auto once = http.content().next();
                [[maybe_unused]] const auto more = http.content().next();
              }
            co_await http.respond(status::ok);
          })
    .pooled();
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    while (co_await socket.next()) {
      [[maybe_unused]] const auto once = socket.next();
      [[maybe_unused]] const auto more = socket.next();
    }
  });
  simulation service{routes};
  auto& client = service.connect();
  SUBCASE("of content") {
    client.begin_request(method::post, "/often");
    for (auto i = 0; i < 4; ++i) {
      client.send_chunk("abc");
      service.run();
    }
    client.end_chunks();
  }
  SUBCASE("of messages") {
    client.open_web_socket("/ws");
    for (auto i = 0; i < 4; ++i)
      client.send_text("abc");
    service.run();
    client.send_close();
  }
  service.run();
  CHECK(client.handler().ended == 1);
  CHECK(client.handler().delivered.size() == 4);
  CHECK(client.handler().acknowledged == 4);
  CHECK(client.handler().ignored == 0);
  CHECK(service.count().acknowledgements_late == 0);
  CHECK(service.count().acknowledgements_foreign == 0);
}

TEST_CASE("an acknowledgement that nobody waits for is counted as what it is (S3)") {
  // Each twice.
  router routes;
  routes.post("/twice",
              behavior_handler{
                [](caf::event_based_actor* self, const request&,
                   const caf::actor& connection) -> caf::behavior {
                  return {
                    [=](const chunk&) {
                      const auto again = self->current_mailbox_element()->mid.response_id();
                      connection->enqueue(self->ctrl(), again, caf::make_message(),
                                          self->context());
                    },
                    [=](const end_of_content&) { self->send(connection, respond{text("done")}); },
                  };
                },
                true});
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/twice", "abc");
  service.run();
  CHECK(client.response().content == "done");
  CHECK(client.handler().acknowledged == 1);
  CHECK(client.handler().ignored == 1);
  CHECK(service.count().acknowledgements_late == 1);
  CHECK(service.count().acknowledgements_foreign == 0);
}

TEST_CASE("a stranger's acknowledgement of the delivery that is outstanding is foreign (S3)") {
  caf::message_id delivery;
  caf::strong_actor_ptr connection;
  router routes;
  routes.on_stop([&connection] { connection = nullptr; });
  routes.post("/", behavior_handler{[&](caf::event_based_actor* self, const request&,
                                        const caf::actor& to) -> caf::behavior {
                                      connection = caf::actor_cast<caf::strong_actor_ptr>(to);
                                      const auto held = std::make_shared<caf::response_promise>();
                                      self->attach_functor([held] { *held = {}; });
                                      return {[&, self, held](const chunk&) {
                                        delivery = self->current_mailbox_element()->mid;
                                        *held = self->make_response_promise();
                                      }};
                                    },
                                    true});
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/", "abc");
  service.run();
  REQUIRE(client.handler().is_stalled);
  // By the connection itself, who is not its handler.
  connection->enqueue(connection, delivery.response_id(), caf::make_message(), nullptr);
  service.run();
  CHECK(client.handler().is_stalled);
  CHECK(client.handler().acknowledged == 0);
  CHECK(service.count().acknowledgements_foreign == 1);
  CHECK(service.count().acknowledgements_late == 0);
}

// -- one request after the other ----------------------------------------------------

TEST_CASE("a request behind one whose handler left its chunk has credit of its own (S1 S5)") {
  router routes;
  routes.post("/leaves", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.respond(status::ok, "enough");
  });
  routes.post("/fails", [](exchange& http) -> task {
    co_await http.content().next();
    throw std::runtime_error{"no more"};
  });
  routes.post("/count", count);
  for (const auto* target : {"/leaves", "/fails"}) {
    CAPTURE(target);
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(method::post, target, "abc");
    service.run();
    CHECK_FALSE(client.handler().is_stalled);
    client.send_request(method::post, "/count", "four");
    service.run();
    const auto answers = client.responses();
    REQUIRE(answers.size() == 2);
    CHECK(answers[1].content == "4");
    CHECK(client.handler().acknowledged == 1);
    CHECK(client.handler().ended == 2);
  }
}

TEST_CASE("each handler of a connection has its whole deadline (S6)") {
  router routes;
  routes.get("/slow", [](exchange& http) -> task {
    co_await http.delay(settings{}.handler_deadline - 1s);
    co_await http.respond(status::ok, "slow");
  });
  simulation service{routes};
  auto& client = service.connect();
  for (auto i = 0; i < 3; ++i)
    client.get("/slow");
  service.advance(4 * settings{}.handler_deadline);
  const auto answers = client.responses();
  REQUIRE(answers.size() == 3);
  for (const auto& each : answers)
    CHECK(each.content == "slow");
}

TEST_CASE("each handler that outlives its grace period is killed and not only the first (S45)") {
  router routes;
  routes.get("/deaf", deaf_after_head());
  simulation service{routes};
  auto& client = service.connect();
  // Nobody wants the content of a HEAD: its handler is cancelled, and the connection goes on.
  client.send_request(method::head, "/deaf");
  client.send_request(method::head, "/deaf");
  service.run();
  for (auto i = 1U; i <= 2; ++i) {
    CAPTURE(i);
    CHECK(client.responses().size() == i);
    CHECK(service.count().handlers_cancelled == i);
    CHECK(service.count().handlers_cancelled_running == 1);
    service.advance(settings{}.cancel_grace - 1s);
    CHECK(service.count().handlers_killed == i - 1);
    CHECK(client.handler().ended == i - 1);
    service.advance(1s);
    CHECK(service.count().handlers_killed == i);
    CHECK(client.handler().ended == i);
  }
  CHECK(service.handlers_alive() == 0);
  CHECK(client.is_open());
}

TEST_CASE("a handler is told to end once whatever happens to its connection (S44)") {
  std::vector<cancel_reason> told;
  router routes;
  routes.get("/", behavior_handler{[&told](caf::event_based_actor* self, const request&,
                                           const caf::actor& connection) -> caf::behavior {
               self->send(connection, begin_response{});
               return {[&told](const cancelled& why) { told.push_back(why.reason); }};
             }});
  {
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(method::head, "/");
    service.run();
    CHECK(told == std::vector{cancel_reason::answered});
    client.reset();
    service.run();
    CHECK(service.count().handlers_cancelled == 1);
    CHECK(service.count().handlers_cancelled_running == 1);
    CHECK(client.handler().cancelled == cancel_reason::answered);
  }
  CHECK(told.size() == 1);
}

// -- gauges ---------------------------------------------------------------------------

TEST_CASE("orderly handlers leave the gauges as they were (S60)") {
  router routes;
  routes.post("/", count);
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    while (co_await socket.next()) {}
  });
  simulation service{routes};
  auto& client = service.connect();
  for (auto i = 0; i < 3; ++i)
    client.send_request(method::post, "/", "abc");
  auto& talks = service.connect();
  talks.open_web_socket("/ws");
  service.run();
  CHECK(service.count().handlers_running == 1);
  talks.send_close();
  service.run();
  CHECK(client.handler().ended == 3);
  CHECK(talks.handler().ended == 1);
  CHECK(service.count().handlers_running == 0);
  CHECK(service.count().handlers_cancelled == 0);
  CHECK(service.count().handlers_cancelled_running == 0);
  CHECK(service.count().handlers_killed == 0);
  CHECK(service.count().handler_failures == 0);
}

TEST_CASE("a handler that has ended is not counted although somebody holds it (S60)") {
  caf::actor kept;
  router routes;
  routes.on_stop([&kept] { kept = nullptr; });
  const auto hold_and_wait = [&kept](exchange& http) -> task {
    kept = caf::actor{&http.self()};
    co_await http.content().next();
    co_await http.delay(1h);
  };
  routes.post("/loop", hold_and_wait);
  routes.post("/pooled", hold_and_wait).pooled();
  for (const auto* target : {"/loop", "/pooled"}) {
    CAPTURE(target);
    simulation service{routes};
    auto& client = service.connect();
    client.begin_request(method::post, target);
    client.send_chunk("abc"); // it ends with this in its hands
    service.run();
    CHECK(client.handler().is_stalled);
    CHECK(service.count().handlers_running == 1);
    CHECK(service.count().connection_actors == 1);
    CHECK(service.count().handlers_cancelled_running == 0);
    client.reset();
    service.run();
    REQUIRE(kept);
    CHECK(service.count().handlers_running == 0);
    CHECK(service.count().handlers_cancelled == 1);
    CHECK(service.count().handlers_cancelled_running == 0);
    CHECK(service.count().connection_actors == 0);
    CHECK(service.count().connections_kept == 0); // the handle holds its handler alone
  }
}

#include "sluice/actors/handler/ask.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

using count_atom = caf::atom_constant<caf::atom("count")>;

caf::behavior counter(caf::event_based_actor*, int start) {
  return {[count = start](count_atom) mutable { return count++; }};
}

} // namespace

TEST_CASE("what a guard refuses is logged with its route") {
  router routes;
  const auto fine = [](const request&) { return text("fine"); };
  routes.get("/kept/{id}", fine).guard([](const request&) -> std::optional<response> {
    return problem_response(status::unauthorized);
  });
  routes.get("/thrown/{id}", fine).guard([](const request&) -> std::optional<response> {
    throw http_error{status::unauthorized};
  });
  routes.get("/numbers/{id}", fine).param<int>("id");
  test_server server{routes};
  raw_client client{server.port()};
  for (const std::string path : {"/kept/1", "/thrown/1", "/numbers/one"}) {
    CAPTURE(path);
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    client.receive_response();
    CHECK(server.log.outcome_of(path) == "complete");
    CHECK(server.log.lines.get().back().route == path.substr(0, path.rfind('/')) + "/{id}");
  }
}

TEST_CASE(
  "what starts and stops with the server is there for its handlers, and leaves nothing (S60)") {
  std::string log;
  caf::actor shared;
  router routes;
  routes
    .on_start([&](caf::actor_system& system) {
      log += 'a';
      shared = system.spawn(counter, 5);
    })
    .on_start([&](caf::actor_system&) { log += 'b'; })
    .on_stop([&] {
      log += 'A';
      caf::anon_send_exit(shared, caf::exit_reason::user_shutdown);
      shared = nullptr;
    })
    .on_stop([&] { log += 'B'; });
  routes.get("/", [&](exchange& http) -> task {
    const auto number = co_await ask<int>(http, shared, count_atom::value);
    co_await http.respond(status::ok, std::to_string(number));
  });
  test_server server{routes};
  raw_client client{server.port()};
  for (const auto* expected : {"5", "6"}) {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with(expected));
  }
  const auto report = server.running->stop(std::chrono::seconds{5});
  CHECK(report.is_clean());
  CHECK(report.actors_left == 0);
  CHECK(log == "abBA");
}

TEST_CASE("a server whose application can't start does not start, and says why") {
  auto stopped = false;
  router routes;
  routes.on_start([](caf::actor_system&) { throw std::runtime_error{"no database"}; })
    .on_stop([&stopped] { stopped = true; });
  try {
    test_server server{routes};
    FAIL("it started");
  } catch (const std::runtime_error& failure) {
    CHECK(std::string{failure.what()}.find("no database") != std::string::npos);
  }
  CHECK(stopped);
}

TEST_CASE("a start that fails ends what it has begun, and waits for no actor in vain") {
  caf::actor shared;
  for (const auto is_ended : {true, false}) {
    CAPTURE(is_ended);
    router routes;
    routes
      .on_start([&](caf::actor_system& system) {
        shared = system.spawn(counter, 5);
        throw std::runtime_error{"no database"};
      })
      .on_stop([&] {
        if (is_ended)
          caf::anon_send_exit(shared, caf::exit_reason::user_shutdown);
      });
    CHECK_THROWS_AS(test_server{routes}, std::runtime_error);
  }
  caf::anon_send_exit(shared, caf::exit_reason::user_shutdown);
}

TEST_CASE("a hook that fails at the stop keeps no other from its turn") {
  auto ended = false;
  router routes;
  routes.on_stop([&ended] { ended = true; }).on_stop([] { throw std::runtime_error{"broken"}; });
  test_server server{routes};
  CHECK(server.running->stop(std::chrono::seconds{5}).is_clean());
  CHECK(ended);
  CHECK(server.log.reports.get().size() == 1);
}

TEST_CASE(
  "work after the response goes on when the client has gone, and a stop waits for it (S59)") {
  observed<bool> answered;
  observed<bool> done;
  router routes;
  routes.get("/", [&](exchange& http) -> task {
    co_await http.respond(status::accepted);
    answered.update([](bool& value) { value = true; });
    co_await http.delay(std::chrono::milliseconds{300});
    done.update([](bool& value) { value = true; });
  });
  test_server server{routes};
  {
    raw_client client{server.port()};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.receive_response();
    client.reset();
  }
  REQUIRE(answered.wait([](bool value) { return value; }));
  CHECK(server.running->stop(std::chrono::seconds{10}).is_clean());
  CHECK(done.get());
}

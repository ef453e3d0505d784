// What an application still holds when its server stops.

#include "sluice/actors.hpp"
#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A behavior handler that answers "kept", and leaves its connection in `where`.
behavior_handler keeps_connection(observed<caf::actor>& where) {
  return {[&where](caf::event_based_actor* self, const request&,
                   const caf::actor& connection) -> caf::behavior {
            where.update([&](caf::actor& kept) { kept = connection; });
            self->request(connection, caf::infinite, respond{text("kept")}).then([self] {
              self->quit();
            });
            return {[](const end_of_content&) {}, [self](const cancelled&) { self->quit(); }};
          },
          true};
}

/// Ends with the first number that it gets.
caf::behavior answers_once(caf::event_based_actor* self) {
  return {[self](int) { self->quit(); }};
}

} // namespace

TEST_CASE("a kept connection is told in the report and a send to it is answered (S59 S60)") {
  observed<caf::actor> kept;
  router routes;
  routes.get("/", keeps_connection(kept));
  test_server server{routes};
  {
    raw_client client{server.port()};
    client.send(plain_get);
    CHECK(client.receive_response().ends_with("kept"));
  }
  SUBCASE("for good") {
    const auto report = server.running->stop(1h); // which nobody waits for
    CHECK(report.connections_left == 1);
    CHECK(report.connections_dropped == 0);
    CHECK_FALSE(report.is_clean());
    // What can't be ended can still be asked.
    CHECK(server.running->count().requests == 1);
    CHECK(server.running->port() != 0);
    CHECK(server.running->url().starts_with("http://"));
    CHECK(server.running->bound().user > 0);
    server.running->wake();
    server.running = nullptr;
    caf::actor_system_config config;
    caf::actor_system system{config};
    caf::scoped_actor self{system};
    self->request(kept.get(), caf::infinite, respond{text("late")})
      .receive([] { FAIL("it was sent"); },
               [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
  }
  SUBCASE("until the application lets go of it") {
    kept.update([](caf::actor& held) { held = nullptr; });
    CHECK(server.running->stop(1h).is_clean());
  }
}

TEST_CASE("a handle of a detached actor that has ended is told in the report (S59 S60)") {
  caf::actor held;
  router routes;
  routes.on_start(
    [&held](caf::actor_system& system) { held = spawn<caf::detached>(system, answers_once); });
  SUBCASE("that is kept") {
    routes.on_stop([&held] { caf::anon_send(held, 1); });
    test_server server{routes};
    const auto report = server.running->stop(1h);
    CHECK(report.actors_left == 1);
    CHECK_FALSE(report.is_clean());
  }
  SUBCASE("that is let go of") {
    routes.on_stop([&held] {
      caf::anon_send(held, 1);
      held = nullptr;
    });
    test_server server{routes};
    CHECK(server.running->stop(1h).is_clean());
  }
}

TEST_CASE("a kept handle of a detached handler that has ended holds up no stop (S60)") {
  observed<caf::actor> kept;
  router routes;
  routes
    .get("/",
         [&kept](exchange& http) {
           return [](exchange& peer, observed<caf::actor>& where) -> task {
             where.update([&](caf::actor& held) { held = caf::actor{&peer.self()}; });
             // Its message would hold this handler, and with it a thread, for an hour.
             peer.self().delayed_send(&peer.self(), 1h, 1);
             co_await peer.respond(status::ok, "kept");
           }(http, kept);
         })
    .detached();
  test_server server{routes};
  raw_client client{server.port()};
  client.send(plain_get);
  CHECK(client.receive_response().ends_with("kept"));
  CHECK(server.running->stop(1h).is_clean());
  kept.update([](caf::actor& held) { held = nullptr; });
}

// What a handler says in the log, and whose request it is.

#include "sluice/actors/testing/handler_fixture.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::string_view traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

task says_much(exchange& http) {
  const auto log = http.log();
  log.debug("one");
  log.info("two");
  log.warning("three");
  log.error("four");
  co_await http.respond(status::ok, http.request().id());
}

template <class Handler>
endpoint endpoint_with(Handler what) {
  endpoint made;
  made.route = "/";
  made.handler = std::move(what);
  return made;
}

/// An actor that is asked, and says for whose sake.
caf::behavior tells_request(caf::event_based_actor*) {
  return {[](const request_trace& whose) { return whose.request_id + ' ' + whose.traceparent(); }};
}

} // namespace

TEST_CASE("what a handler says in the log is seen by its test (handler_fixture.hpp)") {
  handler_fixture client;
  client.start(endpoint_with(exchange_handler{says_much}));
  client.run();
  const auto& log = client.seen().log;
  REQUIRE(log.size() == 4);
  CHECK(log[0].level == severity::debug);
  CHECK(log[0].text == "one");
  CHECK(log[1].level == severity::information);
  CHECK(log[2].level == severity::warning);
  CHECK(log[3].level == severity::error);
  CHECK(log[3].text == "four");
}

TEST_CASE("a behavior has a log as well, another actor has none (handler_log.hpp)") {
  handler_fixture client;
  behavior_handler logs{[](caf::event_based_actor* self, const request&, const caf::actor&) {
    log_of(*self).info("here");
    return caf::behavior{[](const chunk&) {}};
  }};
  client.start(endpoint_with(logs));
  client.run();
  REQUIRE(client.seen().log.size() == 1);
  CHECK(client.seen().log[0].text == "here");

  auto is_refused = false;
  spawn<caf::hidden>(client.system(), [&](caf::event_based_actor* self) {
    try {
      static_cast<void>(log_of(*self));
    } catch (const std::logic_error&) {
      is_refused = true;
    }
  });
  client.run();
  CHECK(is_refused);
}

TEST_CASE("the log, the problem and the handler call a request the same (trace.hpp)") {
  router routes;
  routes.get("/says", says_much);
  routes.get("/fails", [](exchange&) -> task {
    throw std::runtime_error{"no"};
    co_return;
  });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/says");
  service.run();
  const auto id = client.response().content;
  CHECK(id.size() == 16);
  REQUIRE(service.accesses().size() == 1);
  CHECK(service.accesses()[0].request_id == id);
  for (const auto* target : {"/fails", "/nothing-here"}) {
    CAPTURE(target);
    client.get(target);
    service.run();
    const auto& told = service.accesses().back();
    CHECK(told.request_id != id);
    CHECK(client.response().content.find("\"request_id\":\"" + told.request_id + '"')
          != std::string::npos);
  }
}

TEST_CASE("a request that is refused before its head is complete has an id as well (trace.hpp)") {
  const router routes;
  simulation service{routes};
  auto& client = service.connect();
  client.send("GET / HTTP/1.1\r\n\r\n"); // no Host
  service.run();
  CHECK(client.response().status == 400);
  REQUIRE(service.accesses().size() == 1);
  CHECK(client.response().content.find(service.accesses()[0].request_id) != std::string::npos);
}

TEST_CASE("an actor that is asked is told whose request it is for (trace.hpp)") {
  caf::actor asked;
  router routes;
  routes.on_start(
    [&](caf::actor_system& system) { asked = spawn<caf::hidden>(system, tells_request); });
  routes.on_stop([&] { asked = nullptr; });
  routes.get("/", [&](exchange& http) -> task {
    const auto told = co_await ask<std::string>(http, asked, http.trace());
    co_await http.respond(status::ok, told);
  });
  simulation_options how;
  auto is_trusted = false;
  SUBCASE("by what the client calls it, if that is trusted") {
    is_trusted = true;
  }
  SUBCASE("else by what the server does") {}
  how.trusts_clients = is_trusted;
  simulation service{routes, how};
  auto& client = service.connect();
  client.get("/", {{"X-Request-Id", "theirs"}, {"traceparent", traced}});
  service.run();
  const auto told = client.response().content;
  CHECK((told.substr(0, 7) == "theirs ") == is_trusted);
  CHECK((told.find("0af7651916cd43dd8448eb211c80319c") != std::string::npos) == is_trusted);
  CHECK(told.find("b7ad6b7169203331") == std::string::npos); // this request is the parent
  REQUIRE(service.accesses().size() == 1);
  CHECK(told.find(service.accesses()[0].request_id + ' ') == 0);
}

#include "sluice/server/demo/tank_routes.hpp"

#include "sluice/actors/testing/contract.hpp"
#include "sluice/actors/testing/interleavings.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/demo/tank.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server_view.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const std::string full(64 * 1024, 'x');

/// The routes, in a server that has not started yet.
struct tank_service {
  tank_service() { add_tank_routes(routes, seen); }
  std::atomic<const server_view*> seen{nullptr};
  router routes;
};

std::uint16_t status_of(simulation& service, method which, std::string_view target) {
  auto& client = service.connect();
  client.send_request(which, target);
  service.run();
  return client.response().status;
}

std::uint16_t set_rate(simulation& service, std::string_view id, std::string_view rate) {
  return status_of(service, method::post,
                   "/tank/rate?id=" + std::string{id} + "&rate=" + std::string{rate});
}

/// A client whose WebSocket is a tank, or was refused.
scripted_client& open_tank(simulation& service, std::string_view id, std::string_view rate) {
  auto& client = service.connect();
  client.open_web_socket("/tank?id=" + std::string{id} + "&rate=" + std::string{rate});
  service.run();
  return client;
}

scripted_client& watch_tank(simulation& service, std::string_view id) {
  auto& client = service.connect();
  client.get("/tank/watch?id=" + std::string{id});
  service.run();
  return client;
}

/// Each event of a feed so far.
std::vector<nlohmann::json> events_of(const scripted_client& watcher) {
  constexpr std::string_view begin = "data: ";
  std::vector<nlohmann::json> all;
  const auto content = watcher.response().content;
  for (auto at = content.find(begin); at != std::string::npos; at = content.find(begin, at)) {
    at += begin.size();
    all.push_back(nlohmann::json::parse(content.substr(at, content.find('\n', at) - at)));
  }
  return all;
}

nlohmann::json last_of(const scripted_client& watcher) {
  return events_of(watcher).back();
}

/// What the tank is seen to be now.
nlohmann::json look_at(simulation& service, std::string_view id) {
  auto& watcher = watch_tank(service, id);
  auto seen = last_of(watcher);
  watcher.reset();
  service.run();
  return seen;
}

} // namespace

TEST_CASE("a tank at rate 0 takes nothing until it is told another (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  auto& client = open_tank(service, "a", "0");
  client.send_binary(full);
  service.run();
  service.advance(24h);
  CHECK(client.handler().is_stalled);
  auto seen = look_at(service, "a");
  CHECK(seen["state"] == "open");
  CHECK(seen["taken"] == 0);
  CHECK(seen["with_handler"] == full.size());

  CHECK(set_rate(service, "a", "1000000000") == 204);
  service.advance(1ms);
  CHECK_FALSE(client.handler().is_stalled);
  seen = look_at(service, "a");
  CHECK(seen["taken"] == full.size());
  CHECK(seen["with_handler"] == 0);
}

TEST_CASE("a change of rate wakes a handler that waits for its turn (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  auto& client = open_tank(service, "a", "1"); // would take most of a day
  client.send_binary(full);
  service.run();
  REQUIRE(client.handler().is_stalled);
  CHECK(set_rate(service, "a", "1000000000") == 204);
  service.advance(1ms);
  CHECK_FALSE(client.handler().is_stalled);

  client.send_binary(full);
  service.run();
  CHECK(set_rate(service, "a", "0") == 204);
  client.send_binary(full);
  service.advance(1h);
  CHECK(client.handler().is_stalled);
}

TEST_CASE("a tank takes as much as it is told to (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  auto& client = open_tank(service, "a", "10000");
  auto& watcher = watch_tank(service, "a");
  client.send_binary(full);
  service.run();
  service.advance(2s);
  CHECK(last_of(watcher)["rate"] == 10'000);
  const auto seen = look_at(service, "a");
  CHECK(seen["taken"] == 20'000);
  CHECK(seen["with_handler"] == full.size() - 20'000);
}

TEST_CASE("who watches is told at once and ten times a second (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  auto& watcher = watch_tank(service, "a");
  CHECK(watcher.response().fields.find("Content-Type") == "text/event-stream");
  CHECK(events_of(watcher).size() == 1);
  service.advance(1s);
  CHECK(events_of(watcher).size() == 11);
}

TEST_CASE("of a tank that is not known only the memory is told (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  auto& watcher = watch_tank(service, "a");
  auto seen = last_of(watcher);
  CHECK(seen["memory"] > 0);
  seen.erase("memory");
  CHECK(seen
        == nlohmann::json{{"state", "none"},
                          {"taken", 0},
                          {"rate", 0},
                          {"kernel", 0},
                          {"held", 0},
                          {"with_handler", 0},
                          {"reason", nullptr}});
  open_tank(service, "a", "0");
  service.advance(100ms);
  CHECK(last_of(watcher)["state"] == "open");
}

TEST_CASE("the end of a handler is told at once and remembered (tank_routes.hpp)") {
  struct way {
    const char* reason;
    void (*end)(scripted_client&);
  };
  for (const auto& [reason, end] :
       {way{"cancelled", [](scripted_client& client) { client.reset(); }},
        way{"peer_closed", [](scripted_client& client) { client.send_close(); }}}) {
    CAPTURE(reason);
    const tank_service demo;
    simulation service{demo.routes};
    auto& client = open_tank(service, "a", "10");
    auto& watcher = watch_tank(service, "a");
    service.advance(150ms); // between two events
    end(client);
    service.run();
    CHECK_FALSE(client.handler().is_alive());
    CHECK(last_of(watcher)["state"] == "ended");
    CHECK(last_of(watcher)["reason"] == reason);
    const auto count = events_of(watcher).size();

    service.advance(60s);
    CHECK(events_of(watcher).size() > count); // it goes on
    CHECK(look_at(service, "a")["state"] == "ended");
    CHECK(set_rate(service, "a", "1") == 410);
  }
}

TEST_CASE("in whatever order things happen the end is told (tank_routes.hpp)") {
  const auto report = try_interleavings(100, [](std::uint64_t seed) {
    const tank_service demo;
    simulation service{demo.routes, {.limits = {}, .seed = seed}};
    auto& client = open_tank(service, "a", "0");
    auto& watcher = service.connect();
    watcher.get("/tank/watch?id=a");
    auto& other = service.connect();
    other.send_request(method::post, "/tank/rate?id=a&rate=7");
    client.send_binary(full);
    client.reset();
    service.run();
    testing::expect(last_of(watcher)["state"] == "ended", "its end is not told");
  });
  CHECK_MESSAGE(report.holds(), report.text());
}

TEST_CASE("what is asked in a wrong way is refused (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  open_tank(service, "a", "0");
  for (const auto* rate : {"", "-1", "1.5", "fast", "18446744073709551616"}) {
    CAPTURE(rate);
    CHECK(set_rate(service, "a", rate) == 400);
    CHECK(open_tank(service, "b", rate).response().status == 400);
  }
  for (const auto& id : {std::string{}, std::string{"%20"}, std::string(65, 'a')}) {
    CAPTURE(id);
    CHECK(set_rate(service, id, "1") == 400);
    CHECK(open_tank(service, id, "1").response().status == 400);
    CHECK(status_of(service, method::get, "/tank/watch?id=" + id) == 400);
  }
  CHECK(status_of(service, method::post, "/tank/rate?id=a") == 400);
  CHECK(status_of(service, method::get, "/tank/watch") == 400);
  CHECK(status_of(service, method::get, "/tank/rate?id=a&rate=1") == 405);
  CHECK(set_rate(service, "b", "1") == 404);
  CHECK(open_tank(service, "a", "1").response().status == 409);
  CHECK(look_at(service, "a")["state"] == "open");
}

TEST_CASE("so many tanks are known and the first that ended makes room (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  std::vector<scripted_client*> clients;
  for (std::size_t i = 0; i < tanks::most; ++i)
    clients.push_back(&open_tank(service, std::to_string(i), "0"));
  CHECK(open_tank(service, "more", "0").response().status == 503);
  CHECK(look_at(service, "more")["state"] == "none");

  clients[7]->reset();
  service.run();
  clients[3]->reset();
  service.run();
  CHECK(open_tank(service, "more", "0").handler().is_alive());
  CHECK(look_at(service, "more")["state"] == "open");
  CHECK(look_at(service, "7")["state"] == "none");
  CHECK(look_at(service, "3")["state"] == "ended");
  CHECK(open_tank(service, "3", "0").handler().is_alive()); // the same id again
  CHECK(look_at(service, "3")["state"] == "open");
  CHECK(open_tank(service, "another", "0").response().status == 503);
}

TEST_CASE("those that come at the same time do not exceed the number (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  for (std::size_t i = 1; i < tanks::most; ++i)
    open_tank(service, std::to_string(i), "0");
  std::vector<scripted_client*> late{&service.connect(), &service.connect()};
  for (auto* const each : late)
    each->open_web_socket("/tank?rate=0&id=late" + std::to_string(each == late[0]));
  service.run();
  const auto is_refused = [](const scripted_client& which) {
    return which.close_code() == 1013 || which.response().status == 503;
  };
  CHECK(is_refused(*late[0]) != is_refused(*late[1]));
}

TEST_CASE("a stop ends the feeds (tank_routes.hpp)") {
  const tank_service demo;
  simulation service{demo.routes};
  open_tank(service, "a", "0");
  auto& watcher = watch_tank(service, "a");
  service.stop();
  service.run();
  CHECK(watcher.response().is_complete);
  CHECK(service.handlers_alive() == 0);
}

TEST_CASE("a tank keeps the contract (tank_routes.hpp)") {
  const tank_service demo;
  contract_subject subject;
  subject.target = "/tank?id=a&rate=1000";
  subject.is_web_socket = true;
  subject.pieces = {"one", "two", "three"};
  const auto report = check_contract(demo.routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}

TEST_CASE("what waits in the kernel is told and an end behind it found (tank_routes.hpp)") {
  tank_service demo;
  const test_server server{demo.routes};
  demo.seen = &server.running->seen();
  raw_client client{server.port()};
  client.send(handshake("/tank?id=a&rate=0"));
  REQUIRE(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  client.send_until_blocked(client_frame(0x82, full), 64 * 1024 * 1024);

  raw_client watcher{server.port()};
  watcher.send("GET /tank/watch?id=a HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto event = watcher.receive_until("\n\n");
  const auto at = event.find("data: ") + 6;
  const auto seen = nlohmann::json::parse(event.substr(at, event.find('\n', at) - at));
  CHECK(seen["state"] == "open");
  CHECK(seen["kernel"] > 0);
  CHECK(seen["with_handler"] == full.size());
  client.close(); // its FIN can't pass what waits
  const auto rest = watcher.receive_until(R"("state":"ended")");
  CHECK(rest.ends_with(R"("state":"ended")"));
  server.running->stop(1s);
}

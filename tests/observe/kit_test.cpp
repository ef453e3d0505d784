// What is shown of a service while everybody waits for somebody, on driven time.

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/admin/admin_routes.hpp"
#include "sluice/server/service/server_view.hpp"
#include "sluice/server/service/watch.hpp"
#include "sluice/server/top/stall_picture.hpp"
#include "sluice/server/top/stall_table.hpp"
#include "tests/observe/five_parties.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct lines final : journal {
  void report(severity, std::string_view text) override { all.emplace_back(text); }
  std::vector<std::string> all;
};

/// A service, and who looks at it: another simulation, which serves an admin listener's routes.
struct looked_at {
  explicit looked_at(const router& routes) : service{routes}, seen{service.clock()} {
    seen.loops.emplace_back(service.inside());
    seen.max_connections = 100;
    seen.loop_lag = 250ms;
    add_admin_routes(admin_routes, seen);
    console.emplace(admin_routes);
  }

  /// What a GET of `target` is answered, if the service's loop is not held up.
  received_response ask(std::string_view target) {
    auto& client = console->connect();
    client.get(target);
    console->run();
    service.run();
    console->run();
    auto answer = client.response();
    client.close();
    console->run();
    return answer;
  }
  /// The same, if it is: the console waits as long as it does for a loop.
  received_response ask_held_up(std::string_view target) {
    auto& client = console->connect();
    client.get(target);
    console->run();
    console->advance(250ms);
    return client.response();
  }
  nlohmann::json stalls(std::string_view query = "/stalls") {
    return nlohmann::json::parse(ask(query).content);
  }

  simulation service;
  server_view seen;
  router admin_routes;
  std::optional<simulation> console;
};

} // namespace

TEST_CASE("whom each connection waits for and since when is shown and is true (S84)") {
  five_parties all;
  looked_at world{all.routes};
  auto& service = world.service;
  service.connect().send(five_parties::slow_upload);
  service.connect().send(five_parties::upload_to_work);
  auto& reader = service.connect();
  reader.stop_reading();
  reader.get("/big");
  service.connect().get("/asked");
  service.connect().get("/asked-pooled");
  service.connect(); // says nothing
  service.run();
  service.advance(3s);

  const auto seen = world.stalls();
  CAPTURE(seen.dump(1));
  CHECK(five_parties::are_named(seen));
  table_options how;
  how.columns = 200;
  const auto table = lay_out(read_stalls(seen.dump()), how);
  CHECK(five_parties::are_named_in(table.lines));
  CHECK(table.stalls() == 5);
  CHECK(seen.at("matching") == 5);
  for (const auto& row : seen.at("stalls"))
    CHECK(row.at("seconds") == 3.0);
  const auto asked = five_parties::row_of(seen, "/asked").at("handler").at("asked");
  CHECK(asked.at("actor") == all.busy.id());
  CHECK(asked.at("waiting") == 2);
  CHECK(five_parties::row_of(seen, "/asked-pooled").at("handler").at("placement") == "pooled");
  CHECK(five_parties::row_of(seen, "/work").at("seconds_left") == 57.0);
  CHECK(five_parties::row_of(seen, "/work").at("handler").at("holds_seconds") == 3.0);
  CHECK(five_parties::row_of(seen, "/big").at("octets").at("kernel_unsent") > 60'000);
  CHECK(five_parties::row_of(seen, "/big").at("octets").at("unsent") > 0);

  const auto metrics = world.ask("/metrics").content;
  CAPTURE(metrics);
  for (const auto& line : five_parties::lines_of_metrics())
    CHECK_MESSAGE(metrics.find(line) != std::string::npos, line);

  SUBCASE("also where the loop is held up: then by whom") {
    lines log;
    watch from_outside{world.seen, log};
    auto& client = service.connect();
    client.get("/blocks");
    auto was_blocked = false;
    all.while_blocked = [&] {
      service.clock().advance(200ms);
      from_outside.look(service.clock().now());
      CHECK(log.all.empty());
      service.clock().advance(2s);
      from_outside.look(service.clock().now());
      REQUIRE(log.all.size() == 1);
      CHECK(log.all[0].find("event loop 0 has been held up for 2.20 s, now by the handler of "
                            "/blocks")
            != std::string::npos);
      const auto held = nlohmann::json::parse(world.ask_held_up("/stalls").content);
      CHECK(held.at("loops").at(0).at("answered") == false);
      CHECK(held.at("loops").at(0).at("runs") == "/blocks");
      CHECK(held.at("loops").at(0).at("busy_seconds") == doctest::Approx{2.2});
      const auto text = world.ask_held_up("/metrics").content;
      CHECK(text.find("sluice_loop_busy_seconds{loop=\"0\"} 2.2\n") != std::string::npos);
      CHECK(text.find("sluice_loop_holds_total{loop=\"0\"} 1\n") != std::string::npos);
      CHECK(world.ask_held_up("/healthz").status == 200);
      service.clock().advance(10s);
      const auto sick = world.ask_held_up("/healthz");
      CHECK(sick.status == 503);
      CHECK(sick.content.find("/blocks") != std::string::npos);
      was_blocked = true;
    };
    service.run();
    CHECK(was_blocked);
    CHECK(client.response().content == "done");
    from_outside.look(service.clock().now());
    CHECK(log.all.back().find("event loop 0 goes on: it was held up for at least 2.20 s")
          != std::string::npos);
    CHECK(world.stalls().at("loops").at(0).at("answered") == true);
    CHECK(world.ask("/healthz").content == "ok\n");
  }
}

TEST_CASE("the stall list is sorted and filtered and holds as many rows as were asked for (S84)") {
  five_parties all;
  looked_at world{all.routes};
  auto& service = world.service;
  service.connect().send(five_parties::slow_upload);
  service.advance(2s);
  service.connect().send(five_parties::upload_to_work);
  service.advance(2s);
  auto& reader = service.connect();
  reader.stop_reading();
  reader.get("/big");
  service.connect();
  service.advance(1s);
  const auto routes_of = [&](std::string_view query) {
    std::vector<std::string> found;
    const auto seen = world.stalls(query);
    for (const auto& row : seen.at("stalls"))
      found.push_back(row.at("route"));
    return found;
  };
  using list = std::vector<std::string>;
  CHECK(routes_of("/stalls") == list{"/content", "/work", "/big"});
  CHECK(routes_of("/stalls?by=octets").front() == "/big");
  CHECK(routes_of("/stalls?n=1") == list{"/content"});
  CHECK(world.stalls("/stalls?n=1").at("matching") == 3);
  CHECK(routes_of("/stalls?waits_for=handler") == list{"/work"});
  CHECK(routes_of("/stalls?route=/big") == list{"/big"});
  CHECK(routes_of("/stalls?route=/bi").empty());
  CHECK(routes_of("/stalls?peer=client%203") == list{"/big"});
  CHECK(routes_of("/stalls?idle=true").size() == 4);
  for (const auto* wrong : {"n=0", "n=1001", "n=x", "by=size", "waits_for=me", "idle=1"}) {
    CAPTURE(wrong);
    CHECK(world.ask("/stalls?" + std::string{wrong}).status == 400);
  }
}

TEST_CASE(
  "a thousand connections are looked at in parts between which others have their turn (S85)") {
  five_parties all;
  looked_at world{all.routes};
  auto& service = world.service;
  constexpr auto many = 1000;
  for (auto i = 0; i < many; ++i)
    service.connect().send(five_parties::slow_upload);
  service.run();
  auto& client = world.console->connect();
  client.get("/stalls?n=1000");
  world.console->run();
  // One round is over when a call that is posted after the survey has run.
  auto has_run = false;
  auto rounds = 0;
  post_call(service.inside().loop, [&] { has_run = true; });
  while (!has_run)
    service.inside().loop.turn();
  world.console->run();
  CHECK(client.responses().empty()); // it has not seen all, and others had their turn
  while (service.inside().loop.turn())
    ++rounds;
  CHECK(rounds >= many / 64);
  world.console->run();
  CHECK(nlohmann::json::parse(client.response().content).at("stalls").size() == many);
}

TEST_CASE("what ends while it is looked at is neither missed nor shown twice (S84)") {
  five_parties all;
  looked_at world{all.routes};
  auto& service = world.service;
  std::vector<scripted_client*> clients;
  for (auto i = 0; i < 300; ++i) {
    clients.push_back(&service.connect());
    clients.back()->send(five_parties::slow_upload);
  }
  service.run();
  auto& client = world.console->connect();
  client.get("/stalls?n=1000");
  world.console->run();
  service.inside().loop.turn();
  for (std::size_t i = 0; i < clients.size(); i += 3)
    clients[i]->reset();
  service.run();
  world.console->run();
  const auto seen = nlohmann::json::parse(client.response().content);
  std::vector<std::uint64_t> ids;
  for (const auto& row : seen.at("stalls"))
    ids.push_back(row.at("connection"));
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  CHECK(ids.size() >= 200);
}

TEST_CASE("what handlers do after their client is gone is counted by route") {
  struct keeps_on {
    static caf::behavior make(caf::event_based_actor* self, const request&,
                              const caf::actor& connection) {
      return {[](const chunk&) {}, [](const end_of_content&) {},
              [self, connection](const cancelled&) { // and does not end
                self->send(connection, response_content{octets{std::string(1000, 'x')}});
              }};
    }
  };
  router routes;
  routes.post("/keeps-on", behavior_handler{keeps_on::make});
  looked_at world{routes};
  auto& service = world.service;
  auto& client = service.connect();
  client.send("POST /keeps-on HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  service.run();
  client.reset();
  service.run();
  service.advance(10s); // it is killed after its grace of five seconds
  const auto text = world.ask("/metrics").content;
  CAPTURE(text);
  CHECK(text.find("sluice_work_for_nobody_seconds_total{route=\"/keeps-on\"} 5\n")
        != std::string::npos);
  CHECK(text.find("sluice_work_for_nobody_bytes_total{route=\"/keeps-on\"} 1000\n")
        != std::string::npos);
  CHECK(text.find("sluice_cancellations_total{reason=\"peer_reset\"} 1\n") != std::string::npos);
}

TEST_CASE("what handlers do after another end than their client's is no work for nobody") {
  router routes;
  routes.get("/late", [](exchange& http) -> task { co_await http.delay(2h); }).handler_deadline(1s);
  looked_at world{routes};
  world.service.connect().get("/late");
  world.service.advance(10s);
  const auto text = world.ask("/metrics").content;
  CHECK(text.find("sluice_cancellations_total{reason=\"handler_deadline\"} 1\n")
        != std::string::npos);
  CHECK(text.find("sluice_work_for_nobody") == std::string::npos);
}

TEST_CASE("readiness ends when a stop is announced and health does not") {
  router routes;
  looked_at world{routes};
  CHECK(world.ask("/readyz").content == "ready\n");
  world.seen.is = server_view::state::draining;
  CHECK(world.ask("/readyz").status == 503);
  CHECK(world.ask("/readyz").content == "draining\n");
  CHECK(world.ask("/healthz").status == 200);
  CHECK(world.ask("/metrics").content.find("sluice_draining 1\n") != std::string::npos);
}

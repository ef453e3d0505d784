// What a server or a route may choose: half-closed clients, probes, budgets, graces.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <thread>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const std::string post_abc = "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

/// A handler that does not end when it is cancelled.
behavior_handler ignores_cancellation(shared_log log) {
  return {[log](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
            self->attach_functor([log] { log->update([](auto& all) { all.destroyed = true; }); });
            return {
              [log](const chunk&) { log->update([](auto& all) { ++all.data; }); },
              [log](const end_of_content&) { log->update([](auto& all) { ++all.ends; }); },
              [log](const cancelled& order) {
                log->update([&](auto& all) { all.cancelled.push_back(order.reason); });
              },
            };
          },
          true};
}

} // namespace

TEST_CASE("a half-closed client may be taken for gone (S41)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  auto on_server = false;
  auto route = routes.post("/sink", never_acknowledges(log));
  SUBCASE("by the route") {
    route.on_half_close(half_close::cancel);
  }
  SUBCASE("by the server") {
    on_server = true;
  }
  test_server server{routes, [&](config& wishes) {
                       if (on_server)
                         wishes.limits.on_half_close = half_close::cancel;
                     }};
  raw_client client{server.port()};
  client.send(post_abc);
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.shutdown_write();
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(log->get().cancelled == std::vector{cancel_reason::peer_closed});
}

TEST_CASE("a stalled HTTP request is probed where its client is known to take it (S42)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  auto interval = 0; // seconds; 0: never
  std::string fields;
  auto route = routes.post("/sink", never_acknowledges(log)).handler_deadline(duration::zero());
  SUBCASE("not a client that is not known") {
    fields = "User-Agent: python-requests/2.28\r\n";
  }
  SUBCASE("not one that says nothing of itself") {}
  SUBCASE("not curl that expects nothing: a proxy may stand between") {
    fields = "User-Agent: curl/7.88.1\r\n";
  }
  SUBCASE("not another that expects 100") {
    fields = "User-Agent: Java-http-client/17\r\nExpect: 100-continue\r\n";
  }
  SUBCASE("curl that expects 100") {
    fields = "User-Agent: curl/7.88.1\r\nExpect: 100-continue\r\n";
    interval = 15;
  }
  SUBCASE("nobody on a route that asks for none") {
    fields = "User-Agent: curl/7.88.1\r\nExpect: 100-continue\r\n";
    route.probe_http(http_probe::never);
  }
  SUBCASE("everybody on a route that asks for it") {
    route.probe_http().stall_probe(40s);
    interval = 40;
  }
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\n" + fields + "Content-Length: 30\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  for (auto probes = 0; probes < 2; ++probes) {
    const auto passed = server.seconds_until([&] { return client.is_readable(); });
    CHECK(passed == (interval != 0 ? interval : 600));
    if (interval != 0)
      CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 102 Processing\r\n\r\n");
  }
}

TEST_CASE(
  "a stop finds out who has closed behind a full window and waits for the others (S42 S59)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/never", never_acknowledges(log)).handler_deadline(duration::zero());
  test_server server{routes};
  const std::string head = "POST /never HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/7.88.1\r\n"
                           "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n";
  raw_client gone{server.port()};
  raw_client here{server.port()};
  for (auto* client : {&gone, &here}) {
    client->send(head);
    CHECK(client->receive_until("\r\n\r\n").starts_with("HTTP/1.1 100 "));
  }
  REQUIRE(gone.send_until_blocked(std::string(65536, 'x'), 90'000'000) < 90'000'000);
  gone.close();
  here.send("abc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 2; }));
  std::thread leaves{[&here] {
    here.receive_until("\r\n\r\n"); // the probe
    here.reset();
  }};
  CHECK(server.running->stop(1h).is_clean());
  leaves.join();
  CHECK(log->get().cancelled == std::vector(2, cancel_reason::peer_reset));
}

TEST_CASE("HTTP/1.0 clients are never probed (S42)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", never_acknowledges(log)).handler_deadline(duration::zero()).probe_http();
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.0\r\nContent-Length: 30\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  CHECK(server.seconds_until([&] { return client.is_readable(); }) == 600);
}

TEST_CASE("a handler that outlives the grace period of its route is killed and counted (S45)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", ignores_cancellation(log)).cancel_grace(90s);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.reset();
  REQUIRE(log->wait([](const auto& all) { return !all.cancelled.empty(); }));
  CHECK(server.running->count().handlers_cancelled_running == 1);
  CHECK(server.seconds_until([&] { return log->get().destroyed; }) == 90);
  CHECK(log->get().cancelled == std::vector{cancel_reason::peer_reset});
  CHECK(server.running->count().handlers_killed == 1);
}

TEST_CASE("past the memory budget a connection is told to come again (S57 S61)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes, [](config& wishes) {
                       const auto one = memory_bound(wishes.limits) + kernel_bound(wishes.limits);
                       wishes.memory_budget = 2 * one + one / 2;
                     }};
  const auto get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  raw_client first{server.port()};
  raw_client second{server.port()};
  for (auto* client : {&first, &second}) {
    client->send(get);
    CHECK(client->receive_response().ends_with("fine"));
  }
  for (auto i = 0; i < 3; ++i) {
    raw_client third{server.port()};
    third.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    third.send(std::string(1'000'000, 'x')); // a reset would destroy the answer
    const auto answer = third.receive_all();
    CHECK(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(answer.find("\r\nRetry-After: 1\r\n") != std::string::npos);
    CHECK_FALSE(third.was_reset());
  }
  CHECK(server.running->count().connections_refused == 3);
  first.close();
  // Its share is free once the server has seen its end.
  CHECK(comes_true([&] { return server.running->count().connection_actors.load() == 1; }));
  raw_client next{server.port()};
  next.send(get);
  CHECK(next.receive_response().ends_with("fine"));
}

TEST_CASE("a budget that does not hold one connection is a start-up error (S61)") {
  router routes;
  config wishes;
  wishes.port = 0;
  wishes.memory_budget = 1000;
  CHECK(validate(wishes).starts_with("memory-budget must hold at least one connection, "));

  // What a route asks for counts as well.
  routes.web_socket("/", [](web_socket&) -> task { co_return; }).message_limit(1 << 30);
  wishes.memory_budget = memory_bound(wishes.limits) + kernel_bound(wishes.limits);
  CHECK(validate(wishes).empty());
  recording_journal log;
  const time_source time;
  std::string error;
  CHECK_FALSE(server::start(wishes, routes, log, time, error));
  CHECK(error.starts_with("the memory budget does not hold even one connection"));
}

TEST_CASE("a stop ends at its drain deadline on the driven clock (S56 S59)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", never_acknowledges(log)).handler_deadline(duration::zero());
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  observed<stop_report> report;
  observed<bool> over;
  std::thread stopping{[&] {
    const auto how = server.running->stop(100s);
    report.update([&](auto& value) { value = how; });
    over.update([](auto& value) { value = true; });
  }};
  // A stop looks at the clock now and then, by itself.
  auto passed = 0;
  for (; passed < 600 && !log->wait([](const auto& all) { return all.destroyed; }, 5ms); ++passed)
    server.advance(1s);
  CHECK(passed >= 100);
  CHECK(passed < 600);
  CHECK(over.wait([](bool value) { return value; }));
  stopping.join();
  CHECK(report.get().connections_dropped == 1);
  CHECK(report.get().handlers_left == 0);
  CHECK(log->get().cancelled == std::vector{cancel_reason::draining});
}

TEST_CASE("a stop says when it had to kill a handler that ignores its cancellation (S45 S59)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/socket", ignores_cancellation(log));
  test_server server{routes, [](config& wishes) {
                       wishes.limits.cancel_grace = 100ms;
                       wishes.limits.close_deadline = 100ms;
                       wishes.limits.linger_deadline = 100ms;
                     }};
  raw_client client{server.port()};
  client.send(handshake("/socket"));
  client.receive_until("\r\n\r\n");
  const auto report = server.running->stop(10s);
  CHECK(report.handlers_killed == 1);
  CHECK(report.connections_dropped == 0);
  CHECK(report.handlers_left == 0);
  CHECK_FALSE(report.is_clean());
  CHECK(log->get().destroyed);
  CHECK(log->get().cancelled == std::vector{cancel_reason::draining});
}

TEST_CASE("a request whose content has all come is not probed (S42)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", never_acknowledges(log)).handler_deadline(duration::zero()).probe_http();
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send(post_abc);
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  CHECK(server.seconds_until([&] { return client.is_readable(); }) == 600);
}

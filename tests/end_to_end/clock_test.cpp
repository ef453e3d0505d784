#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Lets time pass until the client hears something. @returns how many seconds passed, at most 300
int seconds_until_heard(test_server& server, const raw_client& client) {
  return server.seconds_until([&] { return client.is_readable(); }, 300);
}

/// Serves one request, so that the connection is known to be open on its loop.
void warm_up(raw_client& client) {
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.receive_response();
}

router routes_with(const shared_log& log) {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.post("/sink", never_acknowledges(log));
  routes.web_socket("/socket", never_acknowledges(log));
  routes.get("/never", [](exchange& http) -> task { co_await http.delay(std::chrono::hours{24}); });
  return routes;
}

} // namespace

TEST_CASE("a head that does not come to its end in time is refused (S53)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_with(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("GET / HTTP/1.1\r\nHo");
  const auto passed = seconds_until_heard(server, client);
  CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
  CHECK(passed == 10);
}

TEST_CASE("an idle connection is closed without a word after the keep-alive time (S55)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_with(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  CHECK(seconds_until_heard(server, client) == 60);
  CHECK(client.receive_all().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("content that stops coming is the client's fault (S53)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.post("/reads", [](exchange& http) -> task {
    while (auto piece = co_await http.content().next()) {}
    co_await http.respond(status::ok, "read");
  });
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  CHECK(seconds_until_heard(server, client) == 30);
  CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
  CHECK(server.log.outcome_of("/reads") == "complete");
}

TEST_CASE("a handler that never acknowledges meets its deadline and is named (S6)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_with(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  SUBCASE("HTTP") {
    client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
    CHECK(seconds_until_heard(server, client) == 60);
    CHECK(client.receive_all().starts_with("HTTP/1.1 503 "));
  }
  SUBCASE("WebSocket") {
    client.send(handshake("/socket") + client_frame(0x81, "first"));
    client.receive_until("\r\n\r\n");
    REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
    // The probes of a stalled client come first (S42).
    auto passed = seconds_until_heard(server, client);
    CHECK(client.receive(2) == std::string_view{"\x89\x00", 2});
    std::string frame;
    for (auto probes = 0; probes < 10 && !frame.starts_with("\x88"); ++probes) {
      passed += seconds_until_heard(server, client);
      frame = client.receive(2);
    }
    CHECK(frame == std::string_view{"\x88\x12", 2});
    CHECK(client.receive(2) == std::string_view{"\x03\xf5", 2});
    CHECK(passed == 60);
  }
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  REQUIRE(log->get().cancelled.size() == 1);
  CHECK(log->get().cancelled.front() == cancel_reason::handler_deadline);
}

TEST_CASE("a client that is stalled by its handler does not time out (S6 S53)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.post("/sink", never_acknowledges(log)).handler_deadline(duration::zero());
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  CHECK(seconds_until_heard(server, client) == 300);
  CHECK(log->get().cancelled.empty());
}

TEST_CASE("a handler that never answers meets its deadline (S6)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_with(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(seconds_until_heard(server, client) == 60);
  CHECK(client.receive_all().starts_with("HTTP/1.1 503 "));
}

TEST_CASE("a client that never reads meets the write deadline (S54)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.get("/flood", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      const std::string piece(65536, 'x');
      co_await peer.begin(status::ok);
      for (auto i = 0; i < 1600; ++i)
        co_await peer.send(piece);
    }(http, log);
  });
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.seconds_until([&] { return log->get().destroyed; }) == 30);
  CHECK(server.log.outcome_of("/flood") == "write_deadline");
}

TEST_CASE("a connection that is used does not come to its keep-alive time (S55)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  for (auto i = 0; i < 10; ++i) {
    warm_up(client);
    server.pass(50);
  }
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("fine"));
}

TEST_CASE("a handler that moves while its octets wait has its whole time again (S6)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.get("/slow", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    for (auto i = 0; i < 5; ++i) {
      co_await http.send("piece");
      co_await http.delay(std::chrono::seconds{50});
    }
    co_await http.finish();
  });
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  warm_up(client);
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  client.receive_until("\r\n\r\n");
  for (auto i = 0; i < 5; ++i) {
    CHECK(client.receive_until("piece\r\n").ends_with("piece\r\n"));
    server.pass(50);
  }
  CHECK(client.receive_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
}

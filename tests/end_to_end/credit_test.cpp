// Clients that trickle: single octets hold nobody for ever.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// Sends one octet every ten seconds, until the server says something. @returns octets sent
int trickle(test_server& server, raw_client& client, int most) {
  for (auto sent = 0; sent < most; ++sent) {
    server.settle();
    if (client.is_readable())
      return sent;
    client.send("x");
    server.seconds_until([&] { return client.is_readable(); }, 10);
  }
  return most;
}

router routes_that_read(const shared_log& log) {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  const auto read = [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      while (auto piece = co_await peer.content().next())
        note->update([&](auto& all) { all.octets += piece->size(); });
      co_await peer.respond(status::ok, "read");
    }(http, log);
  };
  routes.post("/reads", read);
  routes.post("/patient", read).content_rate(0);
  routes.web_socket("/socket", [log](web_socket& socket) {
    return [](web_socket& peer, shared_log note) -> task {
      const tombstone stone{note};
      while (auto next = co_await peer.next())
        note->update([](auto& all) { ++all.data; });
    }(socket, log);
  });
  return routes;
}

} // namespace

TEST_CASE("content that trickles is the client's fault in the end (S53)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_that_read(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  const auto sent = trickle(server, client, 20);
  CHECK(sent == 4); // 30 seconds, and what the octets add
  CHECK(client.receive_all().starts_with("HTTP/1.1 408 "));
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
}

TEST_CASE("a route without a content rate is content with any octet (S53)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_that_read(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send("POST /patient HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n");
  CHECK(trickle(server, client, 20) == 20);
  CHECK(client.receive_response().ends_with("read"));
}

TEST_CASE("a WebSocket may be silent between messages and not within one (S53)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto routes = routes_that_read(log);
  test_server server{routes, {}, true};
  raw_client client{server.port()};
  client.send(handshake("/socket") + client_frame(0x81, "whole"));
  client.receive_until("\r\n\r\n");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  server.pass(300);
  CHECK_FALSE(client.is_readable());
  SUBCASE("in the middle of a frame") {
    client.send(client_frame(0x81, "whole").substr(0, 8));
  }
  SUBCASE("in the middle of a frame's header") {
    client.send(client_frame(0x81, "whole").substr(0, 1));
  }
  SUBCASE("between two fragments") {
    client.send(client_frame(0x01, "begun"));
  }
  CHECK(server.seconds_until([&] { return client.is_readable(); }) == 30);
  CHECK(client.receive(4).substr(2) == std::string_view{"\x03\xf0", 2}); // 1008
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(log->get().data == 1);
}

TEST_CASE("a client that takes an octet now and then meets the write deadline (S54)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/flood", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      const std::string piece(65536, 'x');
      co_await peer.begin(status::ok);
      for (auto i = 0; i < 16'000; ++i)
        co_await peer.send(piece);
    }(http, log);
  });
  // What the client takes frees room in the kernel only by and by: the rate is set so high that a
  // window's worth does not buy the time between two.
  test_server server{routes,
                     [](config& wishes) {
                       wishes.limits.write_rate = 100'000'000;
                       wishes.limits.send_buffer = 16 * 1024;
                     },
                     true};
  raw_client client{server.port()};
  client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(client.is_readable(5000));
  auto seconds = 0;
  for (; seconds < 300 && !log->get().destroyed; ++seconds) {
    client.receive(200'000); // far less than the rate
    server.pass(1);
  }
  CHECK(log->get().destroyed);
  CHECK(seconds >= 30);
  CHECK(seconds < 300);
  CHECK(server.log.outcome_of("/flood") == "write_deadline");
}

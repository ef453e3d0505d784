// Each deadline to the second: not a moment before, and no later.

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// Nothing has come of it just before `due`, and something has then.
template <class Condition>
void check_due(stage& all, duration due, Condition has_come) {
  all.client.advance(due - 1ms);
  CHECK_FALSE(has_come());
  all.client.advance(1ms);
  CHECK(has_come());
}

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const settings preset;

} // namespace

TEST_CASE("the header deadline runs from the first octet and not per octet (S53)") {
  stage all;
  all.client.advance(5s); // the connection may be idle before
  for (auto i = 0; i < 9; ++i) {
    all.client.send(get.substr(static_cast<std::size_t>(i), 1));
    all.client.advance(1s);
  }
  check_due(all, preset.header_deadline - 9s,
            [&] { return all.client.peer().received.starts_with("HTTP/1.1 408 "); });
}

TEST_CASE("a HEAD whose head takes too long is refused without content (RFC 9110 sec. 9.3.2)") {
  for (const std::string method : {"GET", "HEAD"}) {
    stage all;
    all.client.send(method + " / HTTP/1.1\r\n");
    all.client.advance(preset.header_deadline);
    CHECK(all.client.peer().received.starts_with("HTTP/1.1 408 "));
    CHECK(all.client.peer().received.ends_with("\r\n\r\n") == (method == "HEAD"));
  }
}

TEST_CASE("empty lines before a request are no request and give no time (S53 S55)") {
  stage all;
  for (auto i = 0; i < 6; ++i) {
    all.client.send("\r\n");
    all.client.advance(9s);
  }
  check_due(all, preset.keep_alive - 54s, [&] { return !all.client.is_open(); });
  CHECK(all.client.peer().received.empty());
}

TEST_CASE("the keep-alive time runs between requests only (S55)") {
  stage all;
  all.client.send(get);
  all.client.advance(59s);
  all.client.send(get);
  check_due(all, preset.keep_alive, [&] { return !all.client.is_open(); });
  CHECK(all.client.peer().saw_end);
  CHECK_FALSE(all.client.peer().saw_reset);
}

TEST_CASE("the content credit runs while content is wanted (S53)") {
  stage all{pace::at_once};
  all.post("Content-Length: 100\r\n", "abc");
  check_due(all, preset.content_deadline,
            [&] { return all.client.peer().received.starts_with("HTTP/1.1 408 "); });
  CHECK(all.seen().cancelled == std::vector{cancel_reason::client_deadline});
}

TEST_CASE("the content credit stands still while the handler stalls the client (S6 S53)") {
  stage all{pace::late, [](settings& limits) { limits.handler_deadline = 0s; }};
  all.post("Content-Length: 100\r\n", "abc");
  all.client.advance(1h);
  CHECK(all.client.is_open());
  all.tell(caf::make_message(acknowledge_order::value));
  check_due(all, preset.content_deadline,
            [&] { return all.client.peer().received.starts_with("HTTP/1.1 408 "); });
}

TEST_CASE("the handler deadline is the handler's (S6)") {
  stage all;
  auto reason = std::string_view{"HTTP/1.1 503 "};
  std::size_t start = 0;
  SUBCASE("that holds a chunk") {
    all.post("Content-Length: 100\r\n", "abc");
  }
  SUBCASE("that does not answer") {
    all.post("", "");
  }
  SUBCASE("that holds a message") {
    start = all.open_web_socket();
    all.client.send(client_frame(0x81, "one"));
    all.client.run();
    reason = std::string_view{"\x88\x12\x03\xf5", 4}; // 1013
  }
  check_due(all, preset.handler_deadline,
            [&] { return all.received_since(start).find(reason) != std::string::npos; });
  CHECK(all.seen().cancelled == std::vector{cancel_reason::handler_deadline});
  REQUIRE_FALSE(all.client.reports().empty());
  const auto& report = all.client.reports().front();
  CHECK(report.find(start == 0 ? "/http" : "/ws") != std::string::npos);
  CHECK(all.client.count().deadlines_missed == 1);
}

TEST_CASE("the write deadline is that of a client that takes nothing (S54)") {
  stage all{pace::at_once};
  const auto ws = all.open_web_socket();
  CHECK(ws > 0);
  all.client.stop_reading();
  all.tell(caf::make_message(go_on_order::value, true));
  check_due(all, preset.write_deadline, [&] { return !all.client.is_open(); });
  CHECK(all.seen().cancelled == std::vector{cancel_reason::write_deadline});
}

TEST_CASE("both windows full is a deadlock that the write deadline ends (S54)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    while (auto next = co_await socket.next())
      co_await socket.send(*next);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  client.stop_reading();
  while (!client.peer().is_blocked) {
    client.send(client_frame(0x82, std::string(60'000, 'x')));
    client.run();
  }
  client.advance(preset.write_deadline - 1ms);
  CHECK(client.is_open());
  client.advance(1ms);
  CHECK_FALSE(client.is_open());
  CHECK(client.accesses().front().outcome == "write_deadline");
}

TEST_CASE("a client that does not answer our Close is let go (S35)") {
  stage all{pace::at_once};
  const auto start = all.open_web_socket();
  all.client.drain();
  all.client.run();
  CHECK(all.received_since(start).starts_with(std::string_view{"\x88\x18\x03\xe9", 4})); // 1001
  check_due(all, preset.close_deadline, [&] { return all.client.peer().saw_end; });
  // Our side is shut down; who does not end its own is closed after the linger deadline (S22).
  check_due(all, preset.linger_deadline, [&] { return !all.client.is_open(); });
}

TEST_CASE("the timer of a Close runs although the receive buffer is full (S35)") {
  stage all{pace::never, [](settings& limits) { limits.handler_deadline = 0s; }};
  all.open_web_socket();
  while (!all.client.peer().is_blocked) {
    all.client.send(client_frame(0x82, std::string(60'000, 'x')));
    all.client.run();
  }
  all.client.drain();
  all.client.advance(preset.close_deadline + preset.linger_deadline);
  CHECK_FALSE(all.client.is_open());
  CHECK_FALSE(all.client.is_alive());
}

TEST_CASE("a connection that said its last word waits for the client's end (S22)") {
  stage all;
  all.client.send("(non/sense)\r\n\r\n");
  all.client.run();
  CHECK(all.client.peer().saw_end);
  SUBCASE("which comes") {
    all.client.close();
    all.client.run();
    CHECK_FALSE(all.client.is_alive());
  }
  SUBCASE("which does not come") {
    check_due(all, preset.linger_deadline, [&] { return !all.client.is_alive(); });
  }
}

TEST_CASE("a stalled WebSocket is probed at its interval (S42)") {
  stage all{pace::never, [](settings& limits) { limits.handler_deadline = 0s; }};
  const auto start = all.open_web_socket();
  all.client.send(client_frame(0x81, "one"));
  all.client.run();
  check_due(all, preset.stall_probe, [&] { return !all.received_since(start).empty(); });
  check_due(all, preset.stall_probe, [&] { return all.received_since(start).size() == 4; });
}

TEST_CASE("a route's deadlines are its own (S6 S53 S58)") {
  router routes;
  const auto log = std::make_shared<observed<puppet_log>>();
  routes.post("/http", puppet(log, pace::never, true)).handler_deadline(7s);
  connection_fixture client{routes};
  client.send("POST /http HTTP/1.1\r\nHost: a\r\n\r\n");
  client.advance(7s - 1ms);
  CHECK(client.peer().received.empty());
  client.advance(1ms);
  CHECK(client.peer().received.starts_with("HTTP/1.1 503 "));
}

TEST_CASE("content that nobody wants is discarded for some seconds only (S22)") {
  router routes;
  routes.post("/early", [](exchange& http) -> task { co_await http.respond(status::ok, "early"); });
  routes.get("/", [](const request&) { return text("fine"); });
  connection_fixture client{routes};
  client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  client.run();
  CHECK(client.peer().received.ends_with("early"));
  CHECK(client.peer().received.find("Connection: close") == std::string::npos);
  SUBCASE("a client that goes on sending slowly meets their end") {
    const auto rate = 10'000;
    for (duration passed{}; passed < preset.linger_deadline - 1s; passed += 1s) {
      client.send(std::string(rate, 'x'));
      client.advance(1s);
    }
    CHECK(client.is_open());
    client.send(std::string(rate, 'x'));
    client.advance(1s);
    CHECK_FALSE(client.is_open());
  }
  SUBCASE("one that is done in time may ask again") {
    client.send(std::string(200'000, 'x'));
    client.advance(preset.linger_deadline + 1s);
    CHECK(client.is_open());
    client.send(get);
    client.run();
    CHECK(client.peer().received.ends_with("fine"));
  }
}

TEST_CASE("the delays of handlers follow the one time source, wherever they run (S56)") {
  const auto wait_a_while = [](exchange& http) -> task {
    co_await http.delay(20s);
    co_await http.respond(status::ok, "waited");
  };
  router routes;
  routes.get("/loop", wait_a_while);
  routes.get("/pool", wait_a_while).pooled();
  for (const std::string path : {"/loop", "/pool"}) {
    CAPTURE(path);
    connection_fixture client{routes};
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    client.run();
    client.advance(20s - 1ms);
    CHECK(client.peer().received.empty());
    client.advance(1ms);
    CHECK(client.peer().received.ends_with("waited"));
  }
}

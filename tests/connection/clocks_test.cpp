// One account is open at a time: what its clock shows when another interrupts it.

#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;

/// As much as the kernel of a client that does not read takes, in one frame.
constexpr std::size_t kernel_room = 64 * 1024;
const std::string full_frame_content(kernel_room - 4, 'x');

/// A WebSocket whose handler has filled the kernel of a client that does not read, to the last
/// octet, and does what `then` says.
struct filled_socket {
  explicit filled_socket(std::function<task(web_socket&)> then,
                         const std::function<void(settings&)>& adjust = {})
    : routes{routes_to(std::move(then))}, client{routes, adjusted(adjust)} {
    client.send(handshake("/ws"));
    client.run();
    client.stop_reading();
    client.send(client_frame(0x81, "fill"));
    client.run();
    REQUIRE(client.peer().in_flight == kernel_room);
  }
  static router routes_to(std::function<task(web_socket&)> then) {
    router all;
    all.web_socket("/ws", [then = std::move(then)](web_socket& socket) {
      return [](web_socket& peer, const std::function<task(web_socket&)>& next) -> task {
        co_await peer.next();
        co_await peer.send_binary(octets{full_frame_content});
        co_await next(peer);
      }(socket, then);
    });
    return all;
  }
  static settings adjusted(const std::function<void(settings&)>& adjust) {
    settings limits;
    limits.stall_probe = 0s;
    if (adjust)
      adjust(limits);
    return limits;
  }
  void ping() {
    client.send(client_frame(0x89, "hey"));
    client.run();
  }
  void read_on() {
    client.read_on();
    client.run();
  }
  [[nodiscard]] bool was_told(std::string_view close) const {
    return client.peer().received.find(close) != std::string::npos;
  }
  /// The client is told so `due` from now, not a moment before.
  void check_told_in(duration due, std::string_view close) {
    client.advance(due - 1ms);
    CHECK_FALSE(was_told(close));
    client.advance(1ms);
    CHECK(was_told(close));
  }

  router routes;
  connection_fixture client;
};

constexpr std::string_view close_1013{"\x88\x12\x03\xf5", 4};

} // namespace

TEST_CASE("a Pong that waits to leave gives a handler no more time and takes none (S6 S54)") {
  filled_socket all{[](web_socket& socket) -> task {
    co_await socket.next();
    co_await socket.delay(24h);
  }};
  all.client.send(client_frame(0x81, "held"));
  all.client.advance(preset.handler_deadline - 10s);
  all.ping(); // from now on it is the network's time
  all.client.advance(preset.write_deadline - 1s);
  CHECK(all.client.is_open());
  all.read_on();
  all.check_told_in(10s, close_1013);
  CHECK(all.client.count().deadlines_missed == 1);
}

TEST_CASE("however often octets wait and leave the handler's time is the same (S6 S54)") {
  filled_socket all{[](web_socket& socket) -> task {
                      co_await socket.next();
                      co_await socket.delay(24h);
                    },
                    [](settings& limits) { limits.look_ahead = 100'000; }};
  all.client.send(client_frame(0x81, "held"));
  all.client.advance(preset.handler_deadline - 10s);
  // More Pongs than the kernel has room for: some leave, and the rest goes on to wait.
  for (auto i = 0; i < 600; ++i)
    all.client.send(client_frame(0x89, std::string(125, 'p')));
  all.client.advance(10s);
  all.client.read_on();
  all.client.stop_reading();
  all.client.advance(10s);
  CHECK(all.client.peer().in_flight == kernel_room);
  all.read_on();
  all.check_told_in(10s, close_1013);
}

TEST_CASE("a handler that moves while octets wait has its whole time again (S6)") {
  filled_socket all{[](web_socket& socket) -> task {
    co_await socket.next();
    co_await socket.delay(preset.handler_deadline - 5s); // while a Pong waits
    static_cast<void>(socket.send_text("moved"));
    co_await socket.delay(24h);
  }};
  all.client.send(client_frame(0x81, "held"));
  all.client.advance(preset.handler_deadline - 10s);
  all.ping();
  all.client.advance(10s);
  all.read_on();
  all.check_told_in(preset.handler_deadline, close_1013);
}

TEST_CASE("a wait that is over leaves nothing of its time to the next of its kind (S6)") {
  // Two messages, and in the time of each a Pong that waits.
  filled_socket all{[](web_socket& socket) -> task {
    co_await socket.next();
    co_await socket.delay(preset.handler_deadline - 5s);
    co_await socket.next(); // while the first Pong waits still
    co_await socket.delay(24h);
  }};
  all.client.send(client_frame(0x81, "first") + client_frame(0x81, "second"));
  all.client.advance(preset.handler_deadline - 10s);
  all.ping();
  all.client.advance(10s);
  all.read_on();
  all.check_told_in(preset.handler_deadline, close_1013);
}

TEST_CASE("once what is sent leaves at once a client has its whole time again (S54)") {
  // At this rate what leaves meanwhile buys no time worth the name.
  filled_socket all{[](web_socket& socket) -> task {
                      co_await socket.send_text("one more");
                      co_await socket.delay(1s);
                      co_await socket.send_binary(octets{full_frame_content}); // leaves
                      co_await socket.send_text("one more");
                      co_await socket.delay(24h);
                    },
                    [](settings& limits) { limits.write_rate = 1'000'000'000; }};
  all.client.advance(preset.write_deadline - 1s);
  CHECK(all.client.is_open());
  all.read_on();
  all.client.stop_reading();
  all.client.advance(1s);
  CHECK(all.client.peer().in_flight == kernel_room);
  all.client.advance(preset.write_deadline - 1ms);
  CHECK(all.client.is_open());
  all.client.advance(1ms);
  CHECK_FALSE(all.client.is_open());
  CHECK(all.client.accesses().back().outcome == "write_deadline");
}

TEST_CASE("who takes some of a response now and then has time by what it takes (S54)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    const std::string piece(kernel_room, 'x');
    for (;;)
      co_await http.send(piece);
  });
  settings limits;
  const auto taken_each_ten_seconds = kernel_room;
  auto is_enough = true;
  SUBCASE("enough of it") {
    limits.write_rate = taken_each_ten_seconds / 10;
  }
  SUBCASE("too little in the long run") {
    limits.write_rate = taken_each_ten_seconds / 4;
    is_enough = false;
  }
  connection_fixture client{routes, limits};
  client.stop_reading();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  auto passed = 0s;
  for (; passed < 300s && client.is_open(); passed += 10s) {
    client.advance(10s);
    client.read_on();
    client.stop_reading();
    client.run();
  }
  CHECK(client.is_open() == is_enough);
  // Of its 30 s it has 6 s less after each 10: what is left after 40 s does not last for 10 more.
  CHECK(passed == (is_enough ? 300s : 50s));
}

TEST_CASE("each part of a response that leaves gives time for the rest (S54)") {
  const std::string large(600'000, 'x');
  router routes;
  routes.get("/", [&large](const request&) { return text(large); });
  connection_fixture client{routes};
  client.stop_reading();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (auto i = 0; i < 8; ++i) {
    client.advance(preset.write_deadline - 1s);
    CHECK(client.is_open());
    client.read_on();
    client.stop_reading();
    client.run();
    CHECK(client.peer().in_flight == kernel_room);
  }
  SUBCASE("for as long as it is taken") {
    client.read_on();
    client.run();
    CHECK(client.peer().received.ends_with("\r\n\r\n" + large));
  }
  SUBCASE("and no longer") {
    client.advance(preset.write_deadline - 1ms);
    CHECK(client.is_open());
    client.advance(1ms);
    CHECK_FALSE(client.is_open());
  }
}

TEST_CASE("who takes all it is given may take long to get it (S54)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    for (auto i = 0; i < 10; ++i) {
      co_await http.send(std::string(kernel_room, 'x'));
      co_await http.delay(preset.handler_deadline - 1s);
    }
    co_await http.finish();
  });
  connection_fixture client{routes};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.advance(10 * preset.handler_deadline);
  CHECK(client.peer().received.ends_with("\r\n0\r\n\r\n"));
  CHECK(client.count().deadlines_missed == 0);
}

TEST_CASE("the time for a Close that answers ours goes on behind what waits to leave (S35)") {
  filled_socket all{[](web_socket& socket) -> task {
    co_await socket.close();
    co_await socket.delay(24h);
  }};
  // Ours waits behind a full kernel: it is the network's time.
  all.client.advance(preset.close_deadline + 1s);
  CHECK(all.client.is_open());
  all.read_on();
  all.client.advance(preset.close_deadline - 1ms);
  CHECK_FALSE(all.client.peer().saw_end);
  all.client.advance(1ms);
  CHECK(all.client.peer().saw_end);
}

TEST_CASE("each message of a WebSocket has a whole credit of its client's (S53)") {
  router routes;
  routes.web_socket("/ws", [](web_socket& socket) -> task {
    while (co_await socket.next()) {}
  });
  settings limits;
  limits.content_rate = 1'000'000; // what such small messages move buys nothing
  connection_fixture client{routes, limits};
  client.send(handshake("/ws"));
  client.run();
  const auto start = client.peer().received.size();
  const auto text = client_frame(0x81, "text");
  client.send(text.substr(0, 7));
  client.advance(preset.content_deadline - 1s);
  client.send(text.substr(7) + text.substr(0, 7));
  client.advance(preset.content_deadline - 1ms);
  CHECK(client.peer().received.size() == start);
  client.advance(1ms);
  CHECK(client.peer().received.substr(start).starts_with(std::string_view{"\x88\x1b\x03\xf0", 4}));
}

TEST_CASE("a time of nothing is no deadline for any account (S53 S54)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    while (co_await http.content().next()) {}
    co_await http.respond(status::ok, std::string(200'000, 'x'));
  });
  settings limits;
  limits.header_deadline = limits.content_deadline = limits.write_deadline = 0s;
  limits.keep_alive = limits.linger_deadline = 0s;
  connection_fixture client{routes, limits};
  client.advance(24h);
  client.send("POST / HTTP/1.1\r\nHost: a\r\n");
  client.advance(24h);
  client.send("Connection: close\r\nContent-Length: 3\r\n\r\n");
  client.advance(24h);
  client.stop_reading();
  client.send("abc");
  client.advance(24h);
  CHECK(client.peer().received.empty());
  client.read_on();
  client.advance(24h);
  CHECK(client.peer().received.size() > 200'000);
  CHECK(client.peer().saw_end);
  CHECK(client.is_open());
  CHECK(client.count().deadlines_missed == 0);
}

TEST_CASE("a connection's deadline that is nearer than the one before is met (S53 S55)") {
  // Each wait is shorter than the one that had set the timer.
  router routes;
  routes.post("/", [](exchange& http) -> task {
    while (co_await http.content().next()) {}
    co_await http.respond(status::ok, "read");
  });
  settings limits;
  limits.keep_alive = 100s;
  limits.header_deadline = 50s;
  limits.content_deadline = 20s;
  connection_fixture client{routes, limits};
  client.send("POST / HTTP/1.1\r\n");
  client.advance(1s);
  client.send("Host: a\r\nContent-Length: 3\r\n\r\n");
  client.advance(20s - 1ms);
  CHECK(client.peer().received.empty());
  client.advance(1ms);
  CHECK(client.peer().received.starts_with("HTTP/1.1 408 "));
}

// The client of a simulation: what it says, what it reads, and the kernels between.

#include "sluice/actors/testing/simulation.hpp"
#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// Octets that fit into each of the kernels.
constexpr std::size_t room = 64 * 1024;

task count(exchange& http) {
  std::size_t total = 0;
  while (const auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(status::ok, std::to_string(total));
}

task echo(web_socket& socket) {
  while (auto next = co_await socket.next())
    co_await socket.send(*std::move(next));
}

task wait(exchange& http) {
  co_await http.delay(1h);
}

} // namespace

TEST_CASE("a client sends chunks of any size, and a chunk of nothing is not the end") {
  router routes;
  routes.post("/", count);
  for (const std::size_t size :
       {1U, 9U, 10U, 15U, 16U, 17U, 159U, 160U, 255U, 256U, 4096U, 70'000U}) {
    CAPTURE(size);
    simulation service{routes};
    auto& client = service.connect();
    client.begin_request(method::post, "/");
    client.send_chunk(std::string(size, 'x'));
    client.send_chunk({});
    service.run();
    CHECK(client.responses().empty());
    client.send_chunk("y");
    client.end_chunks();
    service.run();
    CHECK(client.response().content == std::to_string(size + 1));
  }
}

TEST_CASE("a client reads responses as far as they have come") {
  router routes;
  routes.get("/chunked", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send(std::string(0x1234, 'x'));
    co_await http.delay(1s);
    co_await http.send("end");
    co_await http.delay(1s);
    const fields trailers{{"X-Sum", "1"}};
    co_await http.finish(trailers);
  });
  routes.get("/sized", [](exchange& http) -> task {
    co_await http.begin(status::ok, {}, 10);
    co_await http.send("01234");
    co_await http.delay(1s);
    co_await http.send("56789");
    co_await http.finish();
  });
  routes.get("/none", [](const request&) { return response{status::no_content, {}, {}}; });
  routes.get("/same", [](const request&) { return response{status::not_modified, {}, {}}; });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/none");
  client.get("/same");
  client.get("/chunked");
  service.run();
  REQUIRE(client.responses().size() == 3);
  CHECK(client.responses()[0].is_complete);
  CHECK(client.responses()[1].is_complete);
  CHECK(client.response().content.size() == 0x1234);
  CHECK_FALSE(client.response().is_complete);
  service.advance(1s);
  CHECK(client.response().content.size() == 0x1234 + 3);
  CHECK_FALSE(client.response().is_complete);
  service.advance(1s);
  CHECK(client.response().is_complete);
  client.get("/sized");
  service.run();
  CHECK(client.response().content == "01234");
  CHECK_FALSE(client.response().is_complete);
  service.advance(1s);
  CHECK(client.response().content == "0123456789");
  CHECK(client.response().is_complete);
}

TEST_CASE("a response to HTTP/1.0 ends with its connection, and an interim one is none") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("piece");
    co_await http.delay(1s);
    co_await http.finish();
  });
  routes.post("/", count);
  simulation service{routes};
  auto& client = service.connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  service.run();
  CHECK(client.response().content == "piece");
  CHECK_FALSE(client.response().is_complete);
  service.advance(1s);
  CHECK(client.seen().saw_end);
  CHECK(client.response().is_complete);
  auto& expects = service.connect();
  expects.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  service.run();
  CHECK(expects.seen().received.starts_with("HTTP/1.1 100 "));
  CHECK(expects.responses().empty());
  expects.send("abc");
  service.run();
  CHECK(expects.response().content == "3");
}

TEST_CASE("messages of any size go both ways") {
  router routes;
  routes.web_socket("/", echo);
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65'535U, 65'536U, 200'000U}) {
    CAPTURE(size);
    simulation service{routes};
    auto& client = service.connect();
    client.open_web_socket("/");
    client.send_binary(std::string(size, 'b'));
    client.send_text("next");
    service.run();
    const auto messages = client.messages();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0] == received_message{message_kind::binary, std::string(size, 'b')});
    CHECK(messages[1] == received_message{message_kind::text, "next"});
  }
}

TEST_CASE("a client reads the code of a Close, and one without") {
  std::string reason;
  router routes;
  routes.web_socket("/", [&reason](web_socket& socket) -> task {
    while (co_await socket.next()) {}
    reason = socket.close_event()->reason;
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  client.send_close(4321, "enough");
  service.run();
  CHECK(client.close_code() == 4321);
  CHECK(reason == "enough");
  auto& other = service.connect();
  other.open_web_socket("/");
  other.send(std::string_view{"\x88\x80\0\0\0\0", 6});
  service.run();
  CHECK(other.close_code() == 1005);
}

TEST_CASE("a client's sending blocks once the server's kernel is full, to the octet (S10)") {
  router routes;
  routes.web_socket("/", [](web_socket& socket) -> task { co_await socket.delay(1h); });
  routes.post("/", wait);
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/");
  service.run();
  client.send(std::string(room, 'x'));
  CHECK(client.unread_by_server() == room);
  CHECK_FALSE(client.seen().is_blocked);
  client.send("x");
  CHECK(client.seen().is_blocked);
  CHECK(client.seen().unsent == 1);
}

TEST_CASE("what a client does not read is on its way until it does, to the octet") {
  router routes;
  routes.get("/", [](exchange& http) {
    return [](exchange& to) -> task {
      const auto length = to.query<std::size_t>("length");
      co_await to.respond(status::ok, std::string(*length, 'x'));
    }(http);
  });
  simulation service{routes};
  auto& sample = service.connect();
  sample.get("/?length=10000");
  service.run();
  const auto head = sample.seen().received.size() - 10'000;
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    auto& client = service.connect();
    client.stop_reading();
    client.get("/?length=" + std::to_string(room - head + more));
    service.run();
    CHECK(client.seen().in_flight == room);
    CHECK(client.seen().received.empty());
    CHECK(client.handler().is_alive() == (more > 0)); // its octet has no room
    client.read_on();
    service.run();
    CHECK(client.seen().in_flight == 0);
    CHECK(client.seen().received.size() == room + more);
    CHECK_FALSE(client.handler().is_alive());
  }
}

TEST_CASE("closing with octets unread resets, and without is a clean end (S22)") {
  router routes;
  routes.get("/", wait);
  routes.get("/piece", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("piece");
    co_await http.delay(1h);
  });
  simulation service{routes};
  auto& clean = service.connect();
  clean.get("/");
  service.run();
  clean.close();
  service.run();
  CHECK_FALSE(clean.handler().cancelled); // it may want the answer (S41)
  auto& unread = service.connect();
  unread.stop_reading();
  unread.get("/piece");
  service.run();
  unread.close();
  service.run();
  CHECK(unread.handler().cancelled == cancel_reason::peer_reset);
}

TEST_CASE("a server that closes with octets unread resets, as TCP does (S22)") {
  router routes;
  routes.get("/", wait);
  simulation service{routes,
                     {[] {
                        settings brief;
                        brief.linger_content = 1000;
                        return brief;
                      }(),
                      0}};
  for (const std::size_t more : {10U, 200'000U}) {
    CAPTURE(more);
    auto& client = service.connect();
    client.send("GET /\r\n\r\n"); // is refused, and the connection lingers
    service.run();
    CHECK(client.response().status == 400);
    client.send(std::string(more, 'x'));
    service.run();
    const auto is_past_limit = more > 1000;
    CHECK(client.seen().saw_reset == is_past_limit);
    CHECK(client.is_open() == !is_past_limit);
  }
}

TEST_CASE("a FIN waits behind the octets that have no room (S42)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.delay(1s);
    while (co_await http.content().next()) {}
  });
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/");
  client.send_chunk("first");
  service.run();
  client.send(std::string(room + 1, '0')); // no chunk ends in it
  client.shutdown_write();
  service.run();
  CHECK(client.seen().is_blocked);
  CHECK_FALSE(client.handler().cancelled); // nothing can be known of it
  service.advance(1s);
  CHECK_FALSE(client.seen().is_blocked);
  CHECK(client.handler().ended == 1);
}

TEST_CASE("a reset destroys what the server had not read (S39)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.delay(1s);
    while (co_await http.content().next()) {}
  });
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/");
  client.send_chunk("first");
  service.run();
  client.send_chunk("second");
  CHECK(client.unread_by_server() > 0);
  client.reset();
  CHECK(client.unread_by_server() == 0);
  service.run();
  CHECK(client.handler().delivered.size() == 1);
}

TEST_CASE("nothing is heard of a client that vanished, until the kernel gives it up (S43)") {
  router routes;
  routes.get("/", wait);
  routes.web_socket("/ws", echo);
  simulation service{routes,
                     {[] {
                        settings patient;
                        patient.handler_deadline = 0s;
                        return patient;
                      }(),
                      0}};
  auto& client = service.connect();
  client.get("/");
  service.run();
  client.vanish();
  client.reset(); // goes nowhere
  client.send("x");
  CHECK(client.unread_by_server() == 0);
  client.close();
  service.advance(10min);
  CHECK(client.handler().is_alive());
  CHECK(client.is_open());
  auto& talks = service.connect();
  talks.open_web_socket("/ws");
  service.run();
  talks.vanish();
  talks.shutdown_write(); // its end would cancel the handler
  service.run();
  CHECK(talks.handler().is_alive());
  client.time_out();
  service.run();
  CHECK(client.handler().cancelled == cancel_reason::peer_vanished);
  CHECK_FALSE(client.is_open());
}

TEST_CASE("the kit sees what a handler sent in vain, why it failed, and what would be logged") {
  router routes;
  routes.get("/vain", [](exchange& http) -> task {
    [[maybe_unused]] const auto early = http.send("early");
    co_await http.respond(status::ok, "fine");
  });
  routes.get("/fails", [](exchange&) -> task {
    throw std::runtime_error{"no such table"};
    co_return;
  });
  simulation service{routes};
  auto& vain = service.connect();
  vain.get("/vain");
  service.run();
  CHECK(vain.handler().refused == std::vector{refusal::not_begun});
  CHECK(vain.handler().failure.empty());
  CHECK(service.reports().empty());
  auto& fails = service.connect();
  fails.get("/fails");
  service.run();
  CHECK(fails.response().status == 500);
  CHECK(fails.handler().failure.find("no such table") != std::string::npos);
  CHECK(fails.handler().refused.empty());
  CHECK(service.reports().size() == 1);
  REQUIRE(service.accesses().size() == 2);
  CHECK(service.accesses()[0].target == "/vain");
  CHECK(service.accesses()[1].status == 500);
  CHECK(service.accesses()[1].outcome == "complete");
}

TEST_CASE("a simulation that stops lets what it serves come to its end (S59)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.delay(1s);
    co_await http.respond(status::ok, "done");
  });
  routes.web_socket("/ws", echo);
  simulation service{routes};
  auto& busy = service.connect();
  auto& idle = service.connect();
  auto& talks = service.connect();
  busy.get("/");
  talks.open_web_socket("/ws");
  service.run();
  service.stop();
  service.run();
  CHECK(idle.seen().saw_end);
  CHECK(talks.close_code() == 1001);
  CHECK_FALSE(busy.seen().saw_end);
  service.advance(1s);
  CHECK(busy.response().content == "done");
  CHECK(busy.response().fields.find("Connection") == "close");
  CHECK(busy.seen().saw_end);
}

#include "sluice/actors/testing/simulation.hpp"

#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

task count_slowly(exchange& http) {
  std::size_t total = 0;
  while (const auto chunk = co_await http.content().next()) {
    total += chunk->size();
    co_await http.delay(1s);
  }
  co_await http.respond(status::ok, std::to_string(total));
}

task echo(web_socket& socket) {
  while (auto message = co_await socket.next())
    co_await socket.send(*std::move(message));
}

task stream(exchange& http) {
  const std::string piece(16 * 1024, 'x');
  co_await http.begin(status::ok);
  for (auto i = 0; i < 64; ++i)
    co_await http.send(piece);
  co_await http.finish();
}

router all_routes() {
  router routes;
  routes.get("/", [](const request&) { return text("hello"); });
  routes.post("/count", count_slowly);
  routes.post("/pooled", count_slowly).pooled();
  routes.post("/detached", count_slowly).detached();
  routes.get("/stream", stream);
  routes.web_socket("/echo", echo);
  routes
    .web_socket("/chat",
                [](web_socket& socket) -> task {
                  const std::string chosen{socket.subprotocol()};
                  co_await socket.send_text(chosen);
                })
    .subprotocol("v2.chat")
    .subprotocol("v1.chat");
  return routes;
}

} // namespace

TEST_CASE("a client offers subprotocols and sees the one that was chosen (RFC 6455 sec. 4.2.2)") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/chat", {{"Sec-WebSocket-Protocol", "v1.chat, v0.chat"}});
  service.run();
  CHECK(client.response().fields.find("Sec-WebSocket-Protocol") == "v1.chat");
  REQUIRE(client.messages().size() == 1);
  CHECK(client.messages().front().content == "v1.chat");
}

TEST_CASE("a client speaks HTTP and reads the responses, in every framing") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/");
  client.send_request(method::head, "/");
  client.get("/stream");
  client.get("/none");
  service.run();
  const auto answers = client.responses();
  REQUIRE(answers.size() == 4);
  CHECK(answers[0].content == "hello");
  CHECK(answers[1].fields.find("Content-Length") == "5");
  CHECK(answers[1].content.empty());
  CHECK(answers[2].content.size() == 1024 * 1024);
  CHECK(answers[3].status == 404);
  for (const auto& each : answers)
    CHECK(each.is_complete);
  CHECK_THROWS_AS((void)service.connect().response(), std::logic_error);
}

TEST_CASE("a handler of any placement stalls its client, on driven time (S1 S10)") {
  const auto routes = all_routes();
  for (const auto* target : {"/count", "/pooled", "/detached"}) {
    CAPTURE(target);
    simulation service{routes};
    auto& client = service.connect();
    client.begin_request(method::post, target);
    client.send_chunk("one");
    service.run();
    client.send_chunk("three");
    client.end_chunks();
    service.run();
    CHECK(client.handler().delivered == std::vector<std::string>{"one"});
    CHECK(client.handler().is_stalled);
    CHECK(client.handler().acknowledged == 0);
    CHECK(client.unread_by_server() > 0);
    service.advance(1s);
    CHECK(client.handler().delivered == std::vector<std::string>{"one", "three"});
    CHECK(client.handler().acknowledged == 1);
    service.advance(1s);
    CHECK(client.response().content == "8");
    CHECK_FALSE(client.handler().is_alive());
  }
}

TEST_CASE("a client that leaves cancels its stalled handler, and the kit says why (S39 S44)") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/count");
  client.send_chunk("one");
  service.run();
  REQUIRE(client.handler().is_stalled);
  client.reset();
  service.run();
  CHECK(client.handler().cancelled == cancel_reason::peer_reset);
  CHECK_FALSE(client.handler().is_alive());
  CHECK(service.handlers_alive() == 0);
  CHECK_FALSE(client.is_open());
}

TEST_CASE("a client of a WebSocket reads messages, Pongs and the Close") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/echo");
  client.send_text("hello");
  client.ping("p");
  client.send_binary(std::string(70'000, 'b'));
  service.run();
  const auto messages = client.messages();
  REQUIRE(messages.size() == 2);
  CHECK(messages[0] == received_message{message_kind::text, "hello"});
  CHECK(messages[1].content.size() == 70'000);
  CHECK(client.pongs() == std::vector<std::string>{"p"});
  CHECK_FALSE(client.close_code());
  client.send_close(1000);
  service.run();
  CHECK(client.close_code() == 1000);
  client.close();
  service.run();
  CHECK_FALSE(client.is_served());
}

TEST_CASE("a client that does not read holds up the handler that sends (S49)") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  client.get("/stream");
  service.run();
  CHECK(client.handler().is_alive());
  CHECK(client.seen().received.empty());
  CHECK(client.seen().in_flight > 0);
  client.read_on();
  CHECK(client.seen().in_flight == 0);
  service.run();
  CHECK(client.response().is_complete);
}

TEST_CASE("several clients are served at once, each seen by itself") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& slow = service.connect();
  auto& quick = service.connect();
  slow.send_request(method::post, "/count", "abc");
  service.run();
  quick.get("/");
  service.run();
  CHECK(quick.response().content == "hello");
  CHECK(slow.responses().empty());
  CHECK(slow.handler().is_alive());
  CHECK_FALSE(quick.handler().is_alive());
}

TEST_CASE("one step lets one of them do one thing") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/count", "abc");
  auto steps = 0;
  while (client.handler().delivered.empty() && service.step())
    ++steps;
  CHECK(client.handler().delivered.size() == 1);
  CHECK(steps > 1);
  service.advance(1s);
  CHECK(client.response().content == "3");
  CHECK_FALSE(service.step());
}

TEST_CASE("time moves from one thing that is due to the next, and all of it passes (S56)") {
  std::vector<duration> seen;
  router routes;
  routes.get("/", [&seen](exchange& http) -> task {
    for (const auto length : {1s, 2s, 3s}) {
      co_await http.delay(length);
      seen.push_back(length);
    }
    co_await http.respond(status::ok);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/");
  service.advance(3s - 1ns); // each delay begins when the one before is over
  CHECK(seen == std::vector<duration>{1s});
  service.advance(1ns);
  CHECK(seen == std::vector<duration>{1s, 2s});
  service.advance(1h);
  CHECK(seen.size() == 3);
  CHECK(client.response().is_complete);
}

TEST_CASE("a handler that is not stalled any more is not said to be (S1)") {
  const auto routes = all_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/count");
  for (auto i = 0; i < 2; ++i) {
    client.send_chunk("abc");
    service.run();
    CHECK(client.handler().is_stalled);
    service.advance(1s);
    CHECK_FALSE(client.handler().is_stalled);
    CHECK(client.handler().is_alive());
  }
}

TEST_CASE("nobody is stalled by a handler that answered with a chunk in its hands and went (S5)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.respond(status::ok);
    co_await http.delay(1s);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/", "abc");
  service.run();
  CHECK(client.response().is_complete);
  CHECK(client.handler().is_stalled); // the next request is not begun
  service.advance(1s);
  CHECK_FALSE(client.handler().is_stalled);
  CHECK(client.handler().acknowledged == 0);
}

TEST_CASE("the routes' hooks run around a simulation") {
  auto state = 0;
  router routes;
  routes.on_start([&state](caf::actor_system&) { state = 1; }).on_stop([&state] { state = 2; });
  {
    simulation service{routes};
    CHECK(state == 1);
  }
  CHECK(state == 2);
}

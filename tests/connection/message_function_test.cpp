// Plain functions for WebSockets: no actor, no slot, and yet a client that does not read its
// answers is not read from.

#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using sluice::testing::simulation;

namespace {

std::optional<message> echo(const request&, const message& said) {
  return said;
}

router routes_of(message_handler handler) {
  router routes;
  routes.web_socket("/", std::move(handler));
  return routes;
}

} // namespace

TEST_CASE("a plain function answers each message or says nothing, and no handler is spawned") {
  const auto routes = routes_of([](const request& head, const message& said) {
    return said.text() == "quiet"
             ? std::nullopt
             : std::optional{message{said.kind, octets{head.query + std::string{said.text()}}}};
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/?it-");
  client.send_text("one");
  client.send_text("quiet");
  client.send_binary("two");
  service.run();
  REQUIRE(client.messages().size() == 2);
  CHECK(client.messages()[0] == testing::received_message{message_kind::text, "it-one"});
  CHECK(client.messages()[1] == testing::received_message{message_kind::binary, "it-two"});
  CHECK(client.handler().started == 0);
}

TEST_CASE("it is not called while much of what it answered waits, and its client is stalled") {
  std::size_t calls = 0;
  const auto routes = routes_of([&](const request&, const message& said) {
    ++calls;
    return std::optional{said};
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  service.run();
  client.stop_reading();
  const std::string large(200'000, 'x');
  constexpr std::size_t sent = 30;
  for (std::size_t i = 0; i < sent; ++i)
    client.send_binary(large);
  service.run();
  const auto before = calls;
  CHECK(before < sent);
  CHECK(client.seen().is_blocked);

  client.read_on();
  service.run();
  CHECK(calls == sent);
  CHECK(client.messages().size() == sent);
}

TEST_CASE("messages before the client's Close are all seen, also where no answer leaves (S38)") {
  std::vector<std::string> seen;
  const auto routes = routes_of([&](const request&, const message& said) {
    seen.emplace_back(said.text().substr(0, 3));
    return std::optional{said};
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  service.run();
  client.stop_reading();
  const std::string filling(500'000, 'x');
  client.send_binary("one" + filling);
  client.send_binary("two" + filling);
  client.send_text("end");
  client.send_close();
  service.run();
  client.read_on();
  service.run();
  CHECK(seen == std::vector<std::string>{"one", "two", "end"});
  CHECK(client.close_code() == 1000);
  client.close();
  service.run();
  CHECK_FALSE(client.is_served());
}

TEST_CASE("a function that throws closes its WebSocket with 1011") {
  const auto routes = routes_of([](const request&, const message&) -> std::optional<message> {
    throw std::runtime_error{"no"};
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  client.send_text("hello");
  client.send_text("never seen");
  service.run();
  CHECK(client.close_code() == 1011);
  client.send_close(1011);
  client.close();
  service.run();
  CHECK_FALSE(client.is_served());
}

TEST_CASE("an answer that can't be sent closes the WebSocket with 1011") {
  SUBCASE("text that is no UTF-8") {
    const auto routes = routes_of([](const request&, const message&) {
      return std::optional{message{message_kind::text, octets{std::string_view{"\xff"}}}};
    });
    simulation service{routes};
    auto& client = service.connect();
    client.open_web_socket("/");
    client.send_text("hello");
    service.run();
    CHECK(client.messages().empty());
    CHECK(client.close_code() == 1011);
  }
  SUBCASE("more than the output may ever hold") {
    const auto routes = routes_of([](const request&, const message&) {
      return std::optional{message{message_kind::binary, octets{std::string(8'000'000, 'x')}}};
    });
    simulation service{routes};
    auto& client = service.connect();
    client.open_web_socket("/");
    client.send_text("hello");
    service.run();
    CHECK(client.messages().empty());
    CHECK(client.close_code() == 1011);
  }
}

TEST_CASE("Pings are answered while the function is not called, and a reset ends it all") {
  const auto routes = routes_of(echo);
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  client.send_text("hello");
  client.ping("there?");
  service.run();
  CHECK(client.pongs() == std::vector<std::string>{"there?"});
  client.reset();
  service.run();
  CHECK_FALSE(client.is_served());
}

TEST_CASE("what is wrapped around a function for WebSockets runs, with an actor") {
  router routes;
  auto group = routes.group("/in");
  std::size_t around = 0;
  group.wrap_web_socket([&](web_socket& socket, const web_socket_handler& next) -> task {
    ++around;
    return next(socket);
  });
  group.web_socket("/echo", echo);
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/in/echo");
  client.send_text("hello");
  service.run();
  REQUIRE(client.messages().size() == 1);
  CHECK(client.messages()[0].content == "hello");
  CHECK(around == 1);
  CHECK(client.handler().started == 1);
}

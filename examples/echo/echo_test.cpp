#include "examples/echo/echo.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace sluice::testing;

TEST_CASE("it sends every message back") {
  const auto routes = echo_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/echo");
  client.send_text("hello");
  client.send_binary(std::string(100'000, 'x'));
  service.run();
  const auto messages = client.messages();
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].content == "hello");
  CHECK(messages[1].content.size() == 100'000);
}

TEST_CASE("a client that does not read its echoes can't send either") {
  const auto routes = echo_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/echo");
  service.run();
  client.stop_reading();
  for (auto i = 0; i < 100; ++i)
    client.send_text(std::string(64 * 1024, 'x'));
  service.run();
  CHECK(client.handler().is_stalled);
  CHECK(client.seen().is_blocked);
  client.read_on();
  service.run();
  CHECK(client.messages().size() == 100);
}

TEST_CASE("it keeps the contract") {
  const auto routes = echo_routes();
  contract_subject subject;
  subject.target = "/echo";
  subject.is_web_socket = true;
  subject.pieces = {"a", "b", std::string(100'000, 'c')};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}

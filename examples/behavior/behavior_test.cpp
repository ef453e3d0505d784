#include "examples/behavior/behavior.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

using namespace sluice::testing;

TEST_CASE("it counts the octets of what came") {
  const auto routes = behavior_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(sluice::method::post, "/count", "12345");
  service.run();
  CHECK(client.response().content == "5\n");
}

TEST_CASE("it keeps the contract") {
  const auto routes = behavior_routes();
  contract_subject subject;
  subject.target = "/count";
  subject.method = sluice::method::put;
  subject.pieces = {"one", "two"};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}

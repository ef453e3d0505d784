#include <sluice/actors.hpp>
#include <sluice/json.hpp>
#include <sluice/multipart.hpp>
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace {

sluice::task slow_count(sluice::exchange& http) {
  std::size_t total = 0;
  while (auto chunk = co_await http.content().next()) {
    total += chunk->size();
    co_await http.delay(std::chrono::seconds{1});
  }
  co_await http.respond(sluice::json(total));
}

sluice::router test_routes() {
  sluice::router routes;
  routes.post("/count", slow_count);
  return routes;
}

} // namespace

TEST(Count, StallsItsClientWhileItWorks) {
  const auto routes = test_routes();
  sluice::testing::simulation service{routes};
  auto& client = service.connect();
  client.send_request(sluice::method::post, "/count", "hello");
  service.run();
  EXPECT_TRUE(client.handler().is_stalled);
  service.advance(std::chrono::seconds{1});
  EXPECT_EQ(client.response().content, "5\n");
}

TEST(Count, KeepsTheContract) {
  const auto routes = test_routes();
  sluice::testing::contract_subject subject;
  subject.target = "/count";
  subject.method = sluice::method::post;
  subject.pieces = {"one", "two"};
  const auto report = sluice::testing::check_contract(routes, subject);
  EXPECT_TRUE(report.holds()) << report.text();
}

// The body of a test case, of a program that defines make_routes().
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

sluice::router make_routes();

TEST_CASE("a fragment of the documentation") {
  const auto routes = make_routes();
  sluice::testing::simulation service{routes};
  [[maybe_unused]] auto& client = service.connect();
  // BLOCK
}

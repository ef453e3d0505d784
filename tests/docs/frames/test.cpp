// The body of a test case, with a client of the routes.
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

using namespace std::chrono_literals;

TEST_CASE("TITLE") {
  const auto routes = ROUTES();
  sluice::testing::simulation service{routes};
  auto& client = service.connect();
  static_cast<void>(client);
  // BLOCK
}

// The whole body of a test case, of a program that defines make_routes().
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

static sluice::router make_routes() {
  return ROUTES();
}

TEST_CASE("TITLE") {
  // BLOCK
}

#include "sluice/actors/observe/histogram.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("a length that is a bound counts up to it and one past the last counts last") {
  histogram seen;
  seen.observe(0ns);
  seen.observe(1ms);
  seen.observe(1ms + 1ns);
  seen.observe(60s);
  seen.observe(61s);
  CHECK(seen.in(0) == 2);
  CHECK(seen.in(1) == 1);
  CHECK(seen.in(7) == 1);
  CHECK(seen.in(8) == 1);
  CHECK(seen.count() == 5);
  CHECK(seen.sum() == 121s + 2ms + 1ns);
  histogram all;
  all.add(seen);
  all.add(seen);
  CHECK(all.in(0) == 4);
  CHECK(all.sum() == 2 * seen.sum());
}

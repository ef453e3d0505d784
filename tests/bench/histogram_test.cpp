#include "bench/load/histogram.hpp"

#include <doctest/doctest.h>

using bench::histogram;
using namespace std::chrono_literals;

TEST_CASE("a histogram without values has no quantiles") {
  const histogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.quantile(0.5) == 0ns);
  CHECK(empty.max() == 0ns);
}

TEST_CASE("small values are kept exactly") {
  histogram values;
  for (int i = 1; i <= 10; ++i)
    values.add(std::chrono::nanoseconds{i});
  CHECK(values.quantile(0.5) == 5ns);
  CHECK(values.quantile(0.9) == 9ns);
  CHECK(values.quantile(1) == 10ns);
}

TEST_CASE("a quantile is at most a bucket below the value") {
  for (const auto value : {63ns, 64ns, 65ns, 127ns, 128ns, 1'000ns, 123'456'789ns}) {
    CAPTURE(value.count());
    histogram one;
    one.add(value);
    CHECK(one.quantile(0.5) <= value);
    CHECK(static_cast<double>(one.quantile(0.5).count())
          >= static_cast<double>(value.count()) * (1 - 1.0 / 64));
    CHECK(one.max() == value);
  }
}

TEST_CASE("what is negative counts as zero and what is huge is counted") {
  histogram values;
  values.add(-5ns);
  values.add(std::chrono::nanoseconds::max());
  CHECK(values.count() == 2);
  CHECK(values.quantile(0.5) == 0ns);
}

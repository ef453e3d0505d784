#include "sluice/server/demo/pace.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const time_point start{1h};

} // namespace

TEST_CASE("a rate is a positive number of units a second (pace.hpp)") {
  CHECK(pace::parse("1"));
  CHECK(pace::parse("18446744073709551615"));
  CHECK(pace::parse(std::nullopt));
  for (const auto* text : {"", "0", "-1", "1.5", "1k", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(pace::parse(text));
  }
}

TEST_CASE("without a rate nobody waits (pace.hpp)") {
  auto speed = *pace::parse(std::nullopt);
  CHECK(speed.after(1'000'000'000, start) == 0s);
}

TEST_CASE("who works faster than the rate waits for what is missing (pace.hpp)") {
  auto speed = *pace::parse("1000");
  CHECK(speed.after(500, start) == 500ms);
  CHECK(speed.after(500, start) == 1s); // at once: both are owed
  CHECK(speed.after(100, start + 1s) == 100ms);
  CHECK(speed.after(100, start + 1050ms) == 150ms);
}

TEST_CASE("time that passed without work is not made up for (pace.hpp)") {
  auto speed = *pace::parse("1000");
  CHECK(speed.after(100, start) == 100ms);
  CHECK(speed.after(100, start + 1min) == 100ms);
}

TEST_CASE("waits too short for a timer add up to one that is not (pace.hpp)") {
  auto speed = *pace::parse("1000000");
  CHECK(speed.after(999, start) == 0s);
  CHECK(speed.after(1, start) == 1ms);
  CHECK(speed.after(1, start) == 1001us);
}

#include "sluice/actors/connection/send_window.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

constexpr std::size_t low = 10;
constexpr std::size_t high = 50;
constexpr std::size_t cap = 100;
constexpr std::size_t reserve = 20;

send_window window_with(std::size_t unsent) {
  send_window w{low, high, cap, reserve};
  w.on_queued(unsent);
  return w;
}

} // namespace

TEST_CASE("data is admitted up to the cap and not past it (S47)") {
  const send_window empty{low, high, cap, reserve};
  CHECK(empty.admits(cap));
  CHECK_FALSE(empty.admits(cap + 1));
  CHECK(window_with(60).admits(40));
  CHECK_FALSE(window_with(60).admits(41));
  CHECK(window_with(cap).admits(0));
  CHECK_FALSE(window_with(cap).admits(1));
}

TEST_CASE("control may use the reserve past the cap and no more (S34)") {
  CHECK(window_with(cap).admits_control(reserve));
  CHECK_FALSE(window_with(cap).admits_control(reserve + 1));
  CHECK_FALSE(window_with(cap + reserve).admits_control(1));
}

TEST_CASE("data is not admitted while control fills the reserve (S47)") {
  CHECK_FALSE(window_with(cap + 5).admits(0));
  CHECK_FALSE(window_with(cap + 5).admits(1));
}

TEST_CASE("a size near the largest number is not admitted (S47)") {
  const auto huge = static_cast<std::size_t>(-1);
  CHECK_FALSE(window_with(60).admits(huge));
  CHECK_FALSE(window_with(60).admits_control(huge));
}

TEST_CASE("reading stops at the high-water mark (S31)") {
  send_window w{low, high, cap, reserve};
  w.on_queued(high - 1);
  CHECK_FALSE(w.is_paused());
  w.on_queued(1);
  CHECK(w.is_paused());
  w.on_queued(1);
  CHECK(w.is_paused());
  CHECK(w.unsent() == high + 1);
}

TEST_CASE("reading resumes at the low-water mark (S31)") {
  auto w = window_with(high);
  w.on_sent(high - low - 1);
  CHECK(w.is_paused());
  w.on_sent(1);
  CHECK_FALSE(w.is_paused());
  w.on_queued(1);
  CHECK_FALSE(w.is_paused());
  w.on_sent(low + 1);
  CHECK(w.unsent() == 0);
}

#include "sluice/actors/connection/send_window.hpp"

#include "sluice/actors/messages/settings.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

settings marks() {
  settings s;
  s.low_water = 10;
  s.high_water = 50;
  s.output_cap = 100;
  s.control_reserve = 20;
  return s;
}

const settings limits = marks();
const auto low = limits.low_water;
const auto high = limits.high_water;
const auto cap = limits.output_cap;
const auto reserve = limits.control_reserve;

} // namespace

TEST_CASE("data is admitted up to the cap and not past it (S47)") {
  const send_window window{limits};
  CHECK(window.admits(0, cap));
  CHECK_FALSE(window.admits(0, cap + 1));
  CHECK(window.admits(60, 40));
  CHECK_FALSE(window.admits(60, 41));
  CHECK(window.admits(cap, 0));
  CHECK_FALSE(window.admits(cap, 1));
}

TEST_CASE("control may use the reserve past the cap and no more (S34)") {
  const send_window window{limits};
  CHECK(window.admits_control(cap, reserve));
  CHECK_FALSE(window.admits_control(cap, reserve + 1));
  CHECK_FALSE(window.admits_control(cap + reserve, 1));
}

TEST_CASE("data is not admitted while control fills the reserve (S47)") {
  const send_window window{limits};
  CHECK_FALSE(window.admits(cap + 5, 0));
  CHECK_FALSE(window.admits(cap + 5, 1));
}

TEST_CASE("a size near the largest number is not admitted (S47)") {
  const send_window window{limits};
  const auto huge = static_cast<std::size_t>(-1);
  CHECK_FALSE(window.admits(60, huge));
  CHECK_FALSE(window.admits_control(60, huge));
}

TEST_CASE("reading stops at the high-water mark (S31)") {
  send_window window{limits};
  window.note(high - 1);
  CHECK_FALSE(window.is_paused());
  window.note(high);
  CHECK(window.is_paused());
  window.note(high + 1);
  CHECK(window.is_paused());
}

TEST_CASE("reading resumes at the low-water mark (S31)") {
  send_window window{limits};
  window.note(high);
  window.note(low + 1);
  CHECK(window.is_paused());
  window.note(low);
  CHECK_FALSE(window.is_paused());
  window.note(low + 1);
  CHECK_FALSE(window.is_paused());
}

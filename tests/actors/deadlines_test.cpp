#include "sluice/actors/connection/deadlines.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{1h};

} // namespace

TEST_CASE("a wait that is not started has no deadline") {
  deadlines clocks;
  CHECK_FALSE(clocks.next());
  CHECK_FALSE(clocks.is_running(wait::header));
  CHECK_FALSE(clocks.take_expired(time_point::max()));
}

TEST_CASE("a wait expires at its deadline and not a tick before (S53)") {
  deadlines clocks;
  clocks.start(wait::header, start, 10s);
  CHECK(clocks.next() == start + 10s);
  CHECK_FALSE(clocks.take_expired(start + 10s - duration{1}));
  CHECK(clocks.take_expired(start + 10s) == wait::header);
}

TEST_CASE("a wait expires once") {
  deadlines clocks;
  clocks.start(wait::header, start, 10s);
  CHECK(clocks.take_expired(start + 1min) == wait::header);
  CHECK_FALSE(clocks.is_running(wait::header));
  CHECK_FALSE(clocks.take_expired(start + 1min));
}

TEST_CASE("starting a wait anew moves its deadline (S53)") {
  deadlines clocks;
  clocks.start(wait::content, start, 10s);
  clocks.start(wait::content, start + 9s, 10s);
  CHECK_FALSE(clocks.take_expired(start + 10s));
  CHECK(clocks.next() == start + 19s);
}

TEST_CASE("a duration of zero is no deadline") {
  deadlines clocks;
  clocks.start(wait::handler, start, duration::zero());
  CHECK_FALSE(clocks.is_running(wait::handler));
  clocks.start(wait::handler, start, 1s);
  clocks.start(wait::handler, start, duration::zero());
  CHECK_FALSE(clocks.next());
}

TEST_CASE("who is no longer waited for can't time out (S53)") {
  deadlines clocks;
  clocks.start(wait::content, start, 10s);
  clocks.stop(wait::content);
  CHECK_FALSE(clocks.take_expired(start + 1h));
}

TEST_CASE("a wait that is interrupted stops and says what was left of its time (S53)") {
  deadlines clocks;
  CHECK_FALSE(clocks.interrupt(wait::content, start));
  clocks.start(wait::content, start, 10s);
  CHECK(clocks.interrupt(wait::content, start + 3s) == 7s);
  CHECK_FALSE(clocks.is_running(wait::content));
}

TEST_CASE("a wait that is interrupted when its time is up has a tick left (S53)") {
  deadlines clocks;
  clocks.start(wait::content, start, 10s);
  CHECK(clocks.interrupt(wait::content, start + 1min) == duration{1});
}

TEST_CASE("the earliest deadline expires first whatever the order of starting") {
  deadlines clocks;
  clocks.start(wait::write, start, 30s);
  clocks.start(wait::stall_probe, start, 10s);
  clocks.start(wait::handler, start, 20s);
  CHECK(clocks.next() == start + 10s);
  CHECK(clocks.take_expired(start + 25s) == wait::stall_probe);
  CHECK(clocks.take_expired(start + 25s) == wait::handler);
  CHECK_FALSE(clocks.take_expired(start + 25s));
  CHECK(clocks.is_running(wait::write));
}

TEST_CASE("every wait has a deadline of its own") {
  deadlines clocks;
  const wait all[] = {wait::header,          wait::content,     wait::keep_alive,
                      wait::handler,         wait::write,       wait::linger,
                      wait::close_handshake, wait::stall_probe, wait::close_answer};
  auto length = 1s;
  for (const auto each : all)
    clocks.start(each, start, length++);
  for (const auto each : all)
    CHECK(clocks.take_expired(start + 1min) == each);
}

TEST_CASE("stopping all leaves none") {
  deadlines clocks;
  clocks.start(wait::write, start, 20s);
  clocks.start(wait::linger, start, 10s);
  clocks.stop_all();
  CHECK_FALSE(clocks.next());
}

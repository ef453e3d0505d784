#include "sluice/actors/connection/admission.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

namespace {

/// Notes in `log` that it was told of room.
struct waiter final : room_waiter {
  waiter(std::string& to, char name) : log{to}, self{name} {}
  void on_room() noexcept override { log += self; }
  std::string& log;
  const char self;
};

} // namespace

TEST_CASE("a quota is taken to its last place and has it again once one is given back (S57)") {
  connection_quota quota{2};
  CHECK(quota.take());
  CHECK(quota.take());
  CHECK_FALSE(quota.take());
  CHECK_FALSE(quota.take()); // what was refused is not missing
  quota.give_back();
  CHECK(quota.take());
  CHECK_FALSE(quota.take());
}

TEST_CASE("who waits longest for room is told first and each once (S57)") {
  std::string log;
  waiter a{log, 'a'};
  waiter b{log, 'b'};
  connection_quota quota{1};
  REQUIRE(quota.take());
  quota.wait_for_room(a);
  quota.wait_for_room(b);
  CHECK(log.empty());
  quota.give_back();
  CHECK(log == "a"); // and takes it
  REQUIRE(quota.take());
  quota.give_back();
  CHECK(log == "ab");
  REQUIRE(quota.take());
  quota.give_back();
  CHECK(log == "ab");
}

TEST_CASE("who begins to wait when there is room again is told at once (S57)") {
  std::string log;
  waiter a{log, 'a'};
  connection_quota quota{1};
  quota.wait_for_room(a);
  CHECK(log == "a");
}

TEST_CASE("room that is taken is told to nobody (S57)") {
  std::string log;
  waiter a{log, 'a'};
  connection_quota quota{1};
  REQUIRE(quota.take());
  quota.wait_for_room(a);
  quota.pass_on();
  CHECK(log.empty());
}

TEST_CASE("who waits no longer is not told and who waits behind is (S57)") {
  std::string log;
  waiter a{log, 'a'};
  waiter b{log, 'b'};
  connection_quota quota{1};
  REQUIRE(quota.take());
  quota.wait_for_room(a);
  quota.wait_for_room(b);
  quota.stop_waiting(a);
  quota.give_back();
  CHECK(log == "b");
}

TEST_CASE("room that one has no use for is passed on to the next (S57)") {
  std::string log;
  waiter a{log, 'a'};
  waiter b{log, 'b'};
  connection_quota quota{1};
  REQUIRE(quota.take());
  quota.wait_for_room(a);
  quota.wait_for_room(b);
  quota.give_back();
  CHECK(log == "a");
  quota.pass_on();
  CHECK(log == "ab");
  quota.pass_on();
  CHECK(log == "ab");
}

TEST_CASE("a spare descriptor is missing until each that was given up is back (S57)") {
  connection_quota quota{1};
  CHECK_FALSE(quota.is_spare_missing());
  quota.on_spare_given_up();
  quota.on_spare_given_up();
  quota.on_spare_regained();
  CHECK(quota.is_spare_missing());
  quota.on_spare_regained();
  CHECK_FALSE(quota.is_spare_missing());
}

TEST_CASE("a memory budget holds as many connections as fit into it whole (S61)") {
  struct expectation {
    std::uint64_t total;
    int connections;
  };
  for (const auto& wanted : {expectation{99, 0}, {100, 1}, {199, 1}, {200, 2}, {201, 2}}) {
    CAPTURE(wanted.total);
    memory_budget budget{wanted.total, 100};
    for (auto round = 0; round < 2; ++round) {
      for (auto i = 0; i < wanted.connections; ++i)
        CHECK(budget.take());
      CHECK_FALSE(budget.take());
      CHECK_FALSE(budget.take()); // what was refused is not missing
      for (auto i = 0; i < wanted.connections; ++i)
        budget.give_back();
    }
  }
}

TEST_CASE("without a memory budget all are admitted (S61)") {
  memory_budget budget{0, 1'000'000};
  for (auto i = 0; i < 1000; ++i)
    CHECK(budget.take());
}

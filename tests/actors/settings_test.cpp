#include "sluice/actors/messages/settings.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <vector>

using namespace sluice;

namespace {

struct part {
  std::function<void(settings&)> grow; ///< by 1000 octets
  std::size_t user;
  std::size_t kernel = 0;
};

} // namespace

TEST_CASE("each octet that a limit allows is in the bound as often as it may be held (S61)") {
  settings before;
  before.output_cap = 3'000'000; // as it is said
  before.max_message_size = 100'000;
  before.chunk_size = 50'000;
  const std::vector<part> all{
    {[](settings& s) { s.request.field_section += 1000; }, 2000},
    {[](settings& s) { s.request.trailer_section += 1000; }, 2000},
    {[](settings& s) { s.max_message_size += 1000; }, 2500},
    {[](settings& s) { s.chunk_size += 1000; }, 1000}, // what is kept: messages are larger
    {[](settings& s) { s.look_ahead += 1000; }, 1000},
    {[](settings& s) { s.output_cap += 1000; }, 1000},
    {[](settings& s) { s.low_water += 1000; }, 1000},
    {[](settings& s) { s.control_reserve += 1000; }, 1000},
    {[](settings& s) { s.record_events += 10; }, 10 * recorded_event},
    {[](settings& s) { s.record_content += 1000; }, 2000},
    {[](settings& s) { s.receive_buffer += 1000; }, 0, 2000},
    {[](settings& s) { s.send_buffer += 1000; }, 0, 2000},
    {[](settings& s) { s.drain_content += 1000; }, 0}, // discarded, not held
  };
  for (const auto& each : all) {
    CAPTURE(&each - all.data());
    auto after = before;
    each.grow(after);
    CHECK(memory_bound(after) - memory_bound(before) == each.user);
    CHECK(kernel_bound(after) - kernel_bound(before) == each.kernel);
  }
  CHECK(memory_bound(before, {0, 1000}) - memory_bound(before) == 1000);
  CHECK(memory_bound(before, {101'000, 0}) - memory_bound(before) == 2500);
  CHECK(memory_bound(before, {100'000, 0}) == memory_bound(before));
  CHECK(memory_bound(before) > most_waiting_sends * 512);
}

TEST_CASE("an output's cap that is not set has room for the largest message (S47)") {
  const auto preset = settings{}.output_cap;
  CHECK(with_room_for_messages({}).output_cap == preset);
  settings wishes;
  wishes.max_message_size = 2'000'000;
  CHECK(with_room_for_messages(wishes).output_cap == output_for(2'000'000));
  CHECK(with_room_for_messages({}, {3'000'000, 0}).output_cap == output_for(3'000'000));
  CHECK(output_for(3'000'000) > 3'000'000);
  SUBCASE("one that is smaller leaves it as it is") {
    wishes.max_message_size = 1000;
    CHECK(with_room_for_messages(wishes).output_cap == preset);
  }
  SUBCASE("one that is set stays whatever may come") {
    wishes.output_cap = preset - 1;
    CHECK(with_room_for_messages(wishes, {3'000'000, 0}).output_cap == preset - 1);
  }
  SUBCASE("no size overflows") {
    const auto most = std::numeric_limits<std::size_t>::max();
    CHECK(output_for(most) == most);
    CHECK(output_for(most - 1) == most - 1);
  }
}

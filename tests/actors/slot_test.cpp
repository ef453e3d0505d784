#include "sluice/actors/messages/slot.hpp"

#include <doctest/doctest.h>

using namespace sluice;

namespace {

/// A slot with the delivery `id` outstanding.
slot filled(slot::delivery id) {
  slot s;
  s.deliver(id);
  return s;
}

} // namespace

TEST_CASE("a delivery fills the slot until it is acknowledged (S1)") {
  slot s;
  CHECK(s.is_empty());
  s.deliver(7);
  CHECK_FALSE(s.is_empty());
  CHECK(s.acknowledge(7, true) == acknowledgement::accepted);
  CHECK(s.is_empty());
}

TEST_CASE("an acknowledgement counts only once (S3)") {
  auto s = filled(7);
  CHECK(s.acknowledge(7, true) == acknowledgement::accepted);
  CHECK(s.acknowledge(7, true) == acknowledgement::late);
  CHECK(s.is_empty());
}

TEST_CASE("a late acknowledgement earns no credit (S3)") {
  auto s = filled(7);
  CHECK(s.acknowledge(7, true) == acknowledgement::accepted);
  s.deliver(8);
  CHECK(s.acknowledge(7, true) == acknowledgement::late);
  CHECK_FALSE(s.is_empty());
  CHECK(s.acknowledge(8, true) == acknowledgement::accepted);
}

TEST_CASE("an acknowledgement before any delivery is late whatever its id (S3)") {
  slot s;
  CHECK(s.acknowledge(0, true) == acknowledgement::late);
  CHECK(s.is_empty());
}

TEST_CASE("a foreign acknowledgement earns no credit (S3)") {
  auto s = filled(7);
  CHECK(s.acknowledge(7, false) == acknowledgement::foreign);
  CHECK(s.acknowledge(7, false) == acknowledgement::foreign);
  CHECK_FALSE(s.is_empty());
  CHECK(s.acknowledge(7, true) == acknowledgement::accepted);
}

TEST_CASE("the end of a handler frees the slot and says whether a delivery was outstanding (S5)") {
  auto s = filled(7);
  CHECK(s.release());
  CHECK(s.is_empty());
  CHECK_FALSE(s.release());
  CHECK(s.acknowledge(7, true) == acknowledgement::late);
}

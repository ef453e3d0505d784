#include "sluice/actors/caf/element_queue.hpp"

#include "sluice/actors/caf/bare_element.hpp"

#include <caf/mailbox_element.hpp>
#include <doctest/doctest.h>

#include <cstdint>

using namespace sluice;
using internal::element_queue;

namespace {

caf::mailbox_element_ptr element(std::uint64_t number) {
  return caf::mailbox_element_ptr{new bare_element{nullptr, caf::make_message_id(number)}};
}

} // namespace

TEST_CASE("elements come in the order in which they were queued, and what is left is destroyed") {
  element_queue queue;
  CHECK(queue.empty());
  CHECK(queue.pop() == nullptr);
  std::uint64_t in = 1;
  std::uint64_t out = 1;
  for (auto round = 0; round < 5; ++round) {
    for (auto i = 0; i < 4; ++i)
      queue.push(element(in++));
    for (auto i = 0; i < 3 + round % 2; ++i)
      CHECK(queue.pop()->mid == caf::make_message_id(out++));
  }
  CHECK_FALSE(queue.empty());
}

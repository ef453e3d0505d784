#include "sluice/actors/handler/handler_actor.hpp"
#include "tests/support/memory_allowance.hpp"

#include <doctest/doctest.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("what a handler threw is the reason of its end, with or without memory for words (S5)") {
  const auto thrown = std::make_exception_ptr(std::runtime_error{std::string(200, 'x')});
  CHECK(error_of_exception(thrown) == caf::sec::runtime_error);
  caf::error reason;
  std::size_t granted = 0;
  for (auto is_whole = false; !is_whole && granted < 100; ++granted) {
    const memory_allowance some{granted};
    reason = error_of_exception(thrown);
    is_whole = reason && !reason.context().empty();
  }
  CHECK(granted > 2);
  CHECK(granted < 100);
}

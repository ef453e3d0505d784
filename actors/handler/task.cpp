#include "sluice/actors/handler/task.hpp"

#include <utility>

namespace sluice::internal {

namespace {

thread_local std::exception_ptr first_thrown;

} // namespace

void note_thrown_by_destructor(const std::exception_ptr& thrown) noexcept {
  if (!first_thrown)
    first_thrown = thrown;
}

std::exception_ptr take_thrown_by_destructor() noexcept {
  return std::exchange(first_thrown, nullptr);
}

} // namespace sluice::internal

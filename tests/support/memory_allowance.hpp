#pragma once

#include <cstddef>

namespace sluice::testing {

/// Grants this thread only so many more requests for memory for as long as it lives; all that
/// follow are refused. The program that links it has an operator new of its own.
class memory_allowance {
public:
  explicit memory_allowance(std::size_t more) noexcept;
  memory_allowance(const memory_allowance&) = delete;
  memory_allowance& operator=(const memory_allowance&) = delete;
  ~memory_allowance();
};

/// Refuses this thread all memory, until another one ends the famine.
void starve_this_thread() noexcept;
void end_famine() noexcept;

} // namespace sluice::testing

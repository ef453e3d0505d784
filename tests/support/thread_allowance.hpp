#pragma once

#include <cstddef>

namespace sluice::testing {

/// Lets only so many more threads be made by this process for as long as it lives; the next one is
/// refused, as by a machine that has no more. The program that links it has a pthread_create of its
/// own.
class thread_allowance {
public:
  explicit thread_allowance(std::size_t more) noexcept;
  thread_allowance(const thread_allowance&) = delete;
  thread_allowance& operator=(const thread_allowance&) = delete;
  ~thread_allowance();
};

} // namespace sluice::testing

#pragma once

#include <cstdint>

namespace sluice {

/// What the kernel says of this process. Read from /proc, which does not block. What can't be read
/// is zero.
struct process_figures {
  std::uint64_t resident = 0; ///< octets of memory in use
  std::uint64_t descriptors = 0;
  double cpu_seconds = 0; ///< user and system time
  double start_time = 0;  ///< seconds since 1970

  [[nodiscard]] static process_figures read();
  /// The first of them alone.
  [[nodiscard]] static std::uint64_t read_resident();
};

} // namespace sluice

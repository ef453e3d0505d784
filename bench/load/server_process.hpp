#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <sys/types.h>

namespace bench {

/// What a server, with the processes that it has started, costs the machine.
class server_process {
public:
  /// `root`: 0 for no server; then everything is zero.
  explicit server_process(pid_t root);

  /// CPU time so far, user and kernel, of all threads.
  [[nodiscard]] std::chrono::nanoseconds cpu_time() const;
  /// Octets of resident memory.
  [[nodiscard]] std::uint64_t memory() const;
  /// The most it was since forget_peak().
  [[nodiscard]] std::uint64_t peak_memory() const;
  void forget_peak() const;

  [[nodiscard]] const std::vector<pid_t>& processes() const noexcept { return processes_; }

private:
  std::vector<pid_t> processes_;
};

/// Counts retired instructions of all threads of some processes, and of those that they start
/// afterwards.
class instruction_counter {
public:
  struct counts {
    std::uint64_t user = 0;
    std::uint64_t kernel = 0;
  };

  explicit instruction_counter(const std::vector<pid_t>& processes);
  instruction_counter(const instruction_counter&) = delete;
  instruction_counter& operator=(const instruction_counter&) = delete;
  ~instruction_counter();

  /// Instructions since the construction; nothing where the kernel counts none.
  [[nodiscard]] std::optional<counts> read() const;

private:
  std::vector<int> user_;
  std::vector<int> kernel_;
  bool counts_all_ = true;
};

} // namespace bench

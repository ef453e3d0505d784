#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sluice {

/// What a service manager such as systemd gives this process, and what it is told in return.
/// Without one there are no sockets, and nobody is told. Source: sd_listen_fds(3), sd_notify(3),
/// sd_watchdog_enabled(3)
class service_manager {
public:
  /// Reads what concerns this process from its environment, and removes it there: a child would
  /// take it for its own. Call it before there are other threads. Throws
  /// std::runtime_error, with a sentence, when sockets are promised that can't be.
  [[nodiscard]] static service_manager from_environment();

  /// Descriptors of sockets that are open already, in the order of their definition.
  [[nodiscard]] const std::vector<int>& sockets() const noexcept { return sockets_; }

  /// How long the manager waits for a report that the server is alive before it ends the process:
  /// report twice as often. Zero: it does not wait.
  [[nodiscard]] std::chrono::microseconds watchdog() const noexcept { return watchdog_; }

  /// Says that the server listens; what was ordered after it may start.
  void report_ready() const noexcept { report("READY=1"); }
  /// Says that the server is alive.
  void report_alive() const noexcept { report("WATCHDOG=1"); }
  /// Says that it stops.
  void report_stopping() const noexcept { report("STOPPING=1"); }

private:
  void report(const char* state) const noexcept;

  std::vector<int> sockets_;
  std::chrono::microseconds watchdog_{0};
  std::string path_; ///< of the Unix socket to report to; @ stands for the NUL of an abstract one
};

} // namespace sluice

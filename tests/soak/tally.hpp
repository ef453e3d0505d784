#pragma once

#include "tests/soak/scenario.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::soak {

using clock = std::chrono::steady_clock;

/// What the server's process and its clients count together. Lives in memory that they share, so
/// that what a killed client has counted stays.
struct tally {
  std::array<std::atomic<std::uint64_t>, cell_count> cells{}; ///< scenarios begun, by matrix cell
  std::array<std::atomic<std::uint64_t>, twist_count> twists{};
  std::atomic<std::uint64_t> responses{0}; ///< complete and judged
  std::atomic<std::uint64_t> upgrades{0};
  std::atomic<std::uint64_t> messages{0}; ///< WebSocket messages received whole
  std::atomic<std::uint64_t> closes{0};   ///< Close frames received
  std::atomic<std::uint64_t> resets{0};   ///< connections that the server reset
  std::atomic<std::uint64_t> calm{0};     ///< exchanges that nothing may spoil, and nothing did
  std::atomic<std::uint64_t> excused{0};  ///< exchanges spoilt while a fault was on
  std::atomic<std::uint64_t> anomalies{0};
  std::atomic<std::uint64_t> last_anomaly{0}; ///< its scenario's seed

  std::atomic<bool> stopping{false}; ///< the clients are to end
  /// Faults of the server's own process: how many are on, and when the last one ended.
  std::atomic<int> faults_on{0};
  std::atomic<clock::rep> fault_ended{0};

  void begin_fault() noexcept { faults_on.fetch_add(1); }
  void end_fault() noexcept {
    fault_ended.store(clock::now().time_since_epoch().count());
    faults_on.fetch_sub(1);
  }
  /// Whether a fault was on at any time since `start`.
  [[nodiscard]] bool had_fault_since(clock::time_point start) const noexcept {
    return faults_on.load() > 0 || fault_ended.load() >= start.time_since_epoch().count();
  }
};

/// A tally in a memory file.
class shared_tally {
public:
  /// Makes a new one; its descriptor survives exec.
  shared_tally();
  /// Maps the one that another process has made.
  explicit shared_tally(int descriptor);
  shared_tally(const shared_tally&) = delete;
  shared_tally& operator=(const shared_tally&) = delete;
  ~shared_tally();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  tally& operator*() const noexcept { return *counts_; }
  tally* operator->() const noexcept { return counts_; }

private:
  int descriptor_;
  tally* counts_;
};

/// Counts an anomaly and prints it, as one line, with what reproduces it.
void complain(tally& counts, const scenario& of, std::string_view what);

} // namespace sluice::soak

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sluice {

/// Waits for room in a connection_quota.
class room_waiter {
public:
  virtual ~room_waiter() = default;
  /// There may be room again. Called once for each wait, on the thread of whoever gave it back.
  virtual void on_room() noexcept = 0;
};

/// How many connections a server may still take, and whether there are descriptors for them. Shared
/// by its acceptors; thread-safe.
class connection_quota {
public:
  explicit connection_quota(std::size_t most) noexcept : left_{static_cast<std::int64_t>(most)} {}
  [[nodiscard]] bool take() noexcept;
  /// Tells the one that waits longest, if any does.
  void give_back() noexcept;

  /// Tells `who` once there is room, which may be at once.
  void wait_for_room(room_waiter& who);
  /// Tells the one that waits longest if there is room: for one that was told and has no use for
  /// it.
  void pass_on() noexcept;
  /// Tells `who` nothing more.
  void stop_waiting(room_waiter& who) noexcept;

  // An acceptor that gives up its spare descriptor for a moment may lose it to another's accept,
  // and would have nothing left to refuse with. Until it has it back, all take no connections.

  void on_spare_given_up() noexcept { spares_given_up_.fetch_add(1); }
  void on_spare_regained() noexcept { spares_given_up_.fetch_sub(1); }
  [[nodiscard]] bool is_spare_missing() const noexcept { return spares_given_up_.load() > 0; }

private:
  std::atomic<std::int64_t> left_;
  std::atomic<int> spares_given_up_{0};
  std::atomic<bool> is_waited_for_{false}; ///< `waiting_` is not empty; written under its lock
  std::mutex mutex_;
  std::vector<room_waiter*> waiting_; ///< an acceptor each, so that few are moved
};

/// How much memory a server's connections may still hold, in octets. Each takes its whole bound
/// beforehand, so that the sum is never passed (S61). Shared by the server's acceptors.
class memory_budget {
public:
  /// `total`: 0 for no budget; `of_one`: the bound of one connection, kernel buffers included
  memory_budget(std::uint64_t total, std::uint64_t of_one) noexcept
    : is_limited_{total != 0},
      of_one_{static_cast<std::int64_t>(of_one)},
      left_{static_cast<std::int64_t>(total)} {}
  /// Takes the share of one connection. @returns false if that is more than what is left
  [[nodiscard]] bool take() noexcept;
  void give_back() noexcept { left_.fetch_add(of_one_); }

private:
  const bool is_limited_;
  const std::int64_t of_one_;
  std::atomic<std::int64_t> left_;
};

} // namespace sluice

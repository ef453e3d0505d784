#pragma once

#include "actors/event_loop.hpp"
#include "actors/listener.hpp"
#include "actors/loop_context.hpp"
#include "actors/socket_actor.hpp"
#include "actors/turn_away.hpp"

#include <caf/actor_control_block.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include <sys/socket.h>

namespace sluice {

/// How many connections a server may still take, and whether there are descriptors for them. Shared
/// by its acceptors.
class connection_quota {
public:
  explicit connection_quota(std::size_t most) noexcept : left_{static_cast<std::int64_t>(most)} {}
  [[nodiscard]] bool take() noexcept;
  void give_back() noexcept { left_.fetch_add(1); }

  // An acceptor that gives up its spare descriptor for a moment may lose it to another's accept,
  // and would have nothing left to refuse with. Until it has it back, all take no connections.

  void on_spare_given_up() noexcept { spares_given_up_.fetch_add(1); }
  void on_spare_regained() noexcept { spares_given_up_.fetch_sub(1); }
  [[nodiscard]] bool is_spare_missing() const noexcept { return spares_given_up_.load() > 0; }

private:
  std::atomic<std::int64_t> left_;
  std::atomic<int> spares_given_up_{0};
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

// States: accepting <-> paused (no quota, or no descriptors; a timer looks again) -> drained (the
// listener is closed).

/// Takes a loop's share of the connections and keeps their actors alive. Confined to its loop.
class acceptor final : public io_handler, public connection_owner, private timer {
public:
  acceptor(loop_context& context, connection_quota& quota, memory_budget& budget, listener from);
  ~acceptor() override;

  /// Starts to accept.
  void open();
  /// Stops to accept, after what already waits, and drains every connection (S59).
  void drain();
  /// Closes every connection at once.
  void drop_all();
  /// Kills every handler that still runs.
  void kill_handlers();

  void on_ready(std::uint32_t events) override;
  void on_socket_closed() override;
  void on_connection_ended(socket_actor& which) override;

private:
  enum class state : std::uint8_t { closed, accepting, paused, drained };
  enum class outcome : std::uint8_t { taken, none_left, exhausted };

  void on_due(time_point now) override;
  [[nodiscard]] outcome accept_one();
  [[nodiscard]] outcome start_connection(int descriptor, const sockaddr_storage& peer);
  void refuse_one();
  void regain_spare() noexcept;
  void pause();
  template <class Call>
  void for_each(Call call);

  loop_context& context_;
  connection_quota& quota_;
  memory_budget& budget_;
  turn_away refusals_;
  listener listener_;
  state state_ = state::closed;
  int spare_ = -1; ///< given up for a moment to answer when descriptors run out (S57)
  std::unordered_map<socket_actor*, caf::strong_actor_ptr> connections_;
};

} // namespace sluice

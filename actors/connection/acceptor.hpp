#pragma once

#include "sluice/actors/connection/admission.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/connection/turn_away.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/net/listener.hpp"

#include <cstddef>
#include <cstdint>

#include <sys/socket.h>

namespace sluice {

// States: accepting <-> paused (no room in the quota, which tells of it; or no descriptors: a timer
// looks again) -> drained (nobody can connect; soon, or at the end, the listener is closed).

/// Takes a loop's share of the connections; the loop's roster keeps their actors alive. Confined to
/// its loop.
class acceptor final : public io_handler,
                       public connection_owner,
                       private timer,
                       private room_waiter {
public:
  acceptor(loop_context& context, connection_quota& quota, memory_budget& budget, listener from);
  ~acceptor() override;

  /// Starts to accept.
  void open();
  /// The first step of a stop: from now on nobody can connect to a socket of our own. Thread-safe
  /// until `drain`.
  void turn_off() const noexcept;
  /// Stops to accept and drains every connection of the loop (S59). Clients that wait at a socket of our own
  /// would be reset when it is closed: they are served, or answered 503 where there is no room. At
  /// a given socket they stay, for who serves it next.
  void drain();
  /// Closes the listener: a moment after `drain`, by itself, or when the loop has ended.
  void close() noexcept;
  /// Closes every connection of the loop at once.
  void drop_all();
  /// Kills every handler that still runs.
  void kill_handlers();

  void on_ready(readiness what) override;
  void on_socket_closed() override;
  void on_connection_ended(socket_actor& which) override;

private:
  enum class state : std::uint8_t { closed, accepting, paused, drained };
  enum class outcome : std::uint8_t { taken, none_left, full, exhausted };

  void on_due(time_point now) override;
  void on_room() noexcept override;
  void go_on();
  [[nodiscard]] outcome accept_one();
  [[nodiscard]] outcome start_connection(int descriptor, const sockaddr_storage& peer);
  bool refuse_one();
  void regain_spare() noexcept;
  void pause(outcome why);
  void take_what_waits();
  void close_later() noexcept;
  void refuse_what_waits() noexcept;

  loop_context& context_;
  connection_quota& quota_;
  memory_budget& budget_;
  turn_away refusals_;
  listener listener_;
  state state_ = state::closed;
  int spare_ = -1; ///< given up for a moment to answer when descriptors run out (S57)
};

} // namespace sluice

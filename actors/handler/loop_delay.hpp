#pragma once

#include "sluice/actors/loop/event_loop.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/atom.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace sluice {

class coroutine_actor;

/// The message that a delay sends to its handler when it is over, with its ticket.
using delay_over = caf::atom_constant<caf::atom("delayover")>;

/// A handler's delay on the loop of its connection, whose thread alone touches its timer. Ends with
/// its handler.
class loop_delay final : private timer, public std::enable_shared_from_this<loop_delay> {
public:
  loop_delay(event_loop& loop, coroutine_actor& self, std::uint64_t ticket);

  void start(duration length);
  /// The last call: whoever drops it then drops no armed timer, but on the loop.
  void stop();
  [[nodiscard]] std::uint64_t ticket() const noexcept { return ticket_; }
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

private:
  template <class Call>
  void on_loop(Call call);
  void on_due(time_point) override;

  event_loop& loop_;
  const caf::weak_actor_ptr who_;
  const std::uint64_t ticket_;
  std::atomic<bool> is_over_{false};
};

} // namespace sluice

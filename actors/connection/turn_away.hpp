#pragma once

#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/loop/timer_queue.hpp"

#include <cstddef>
#include <list>

namespace sluice {

struct loop_context;

/// Tells clients that there is no room for them, and listens a moment longer so that a reset does
/// not destroy the answer (S22, S57). Costs no more than `most_guests` small objects and sockets
/// with small buffers. Confined to its loop.
class turn_away {
public:
  /// So many are listened to at once; further ones are closed as soon as they are told.
  static constexpr std::size_t most_guests = 64;

  explicit turn_away(loop_context& context) noexcept;
  turn_away(const turn_away&) = delete;
  turn_away& operator=(const turn_away&) = delete;
  ~turn_away();

  /// Answers 503 with Retry-After on `descriptor`, which it owns from now on.
  void refuse(int descriptor);
  /// The same, and closes at once: there is no descriptor to spare.
  static void refuse_at_once(int descriptor) noexcept;
  /// Listens to nobody any more.
  void close_all() noexcept;

private:
  class guest;
  void forget(guest& which) noexcept;

  loop_context& context_;
  std::list<guest> guests_;
};

} // namespace sluice

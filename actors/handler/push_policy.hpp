#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// What happens to a message for somebody who is slower than who sends it.
enum class slow_consumer : std::uint8_t {
  wait, ///< the sender's request is answered only when the message has left: the sender slows
        ///< down; 1024 requests may wait
  drop_oldest, ///< the longest waiting message makes room
  drop_newest, ///< the new message is dropped
  latest,      ///< only the newest message waits
  close,       ///< the WebSocket is closed with 1013
};

/// How a route treats messages that other actors send to its WebSocket handlers, and an inbox those
/// for it.
struct push_policy {
  slow_consumer on_full = slow_consumer::close;
  std::size_t capacity = 64; ///< messages that may wait; with `wait` only what was not sent as a
                             ///< request counts
};

} // namespace sluice

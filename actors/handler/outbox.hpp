#pragma once

#include "actors/messages.hpp"

#include <caf/response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace sluice {

/// What happens to a message for a WebSocket whose client is slower than who sends it.
enum class slow_consumer : std::uint8_t {
  wait, ///< the sender's request is answered only when the message has left: the sender slows down
  drop_oldest, ///< the longest waiting message makes room
  drop_newest, ///< the new message is dropped
  latest,      ///< only the newest message waits
  close,       ///< the WebSocket is closed with 1013
};

/// How a route treats messages that other actors send to its WebSocket handlers.
struct push_policy {
  slow_consumer on_full = slow_consumer::close;
  std::size_t capacity = 64; ///< messages that may wait; with `wait` only what was not sent as a
                             ///< request counts
};

/// Messages from other actors that wait for a slow client, by the route's policy. A pure state
/// machine.
class outbox {
public:
  /// A message that waits, and who wants to know when it has left.
  struct entry {
    send_message content;
    caf::response_promise sender;
  };
  enum class outcome : std::uint8_t { queued, dropped, overflow };

  explicit outbox(push_policy policy) noexcept : policy_{policy} {}

  /// Queues `next`; entries that make room for it are appended to `victims`, and so is `next`
  /// itself if it is dropped. `overflow`: the WebSocket is to be closed with 1013.
  [[nodiscard]] outcome push(entry next, std::vector<entry>& victims);
  [[nodiscard]] std::optional<entry> pop();
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

private:
  push_policy policy_;
  std::deque<entry> waiting_;
  std::size_t awaited_ = 0; ///< of these, with `wait`: those whose sender waits for its answer
};

} // namespace sluice

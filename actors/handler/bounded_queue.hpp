#pragma once

#include "sluice/actors/handler/push_policy.hpp"
#include "sluice/protocol/memory/fifo.hpp"

#include <caf/response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

/// Messages from other actors that wait for a slow consumer, by a policy. A pure state machine.
template <class Content>
class bounded_queue {
public:
  /// A message that waits, and who wants to know when it is taken.
  struct entry {
    Content content;
    caf::response_promise sender;
  };
  enum class outcome : std::uint8_t { queued, dropped, overflow };

  /// Requests that may wait with slow_consumer::wait; past it they are dropped.
  static constexpr std::size_t most_awaited = 1024;

  explicit bounded_queue(push_policy policy) noexcept : policy_{policy} {}

  /// Queues `next`; entries that make room for it are appended to `victims`, and so is `next`
  /// itself if it is dropped. `overflow`: the policy is to close.
  [[nodiscard]] outcome push(entry next, std::vector<entry>& victims) {
    const auto waits = policy_.on_full == slow_consumer::wait && is_awaited(next);
    if (waits && awaited_ < most_awaited) {
      // A sender that waits for its answer is bounded by itself; but there may be many, and those
      // that have gone are not known.
      ++awaited_;
      waiting_.push_back(std::move(next));
      return outcome::queued;
    }
    if (policy_.on_full == slow_consumer::latest)
      while (!waiting_.empty())
        drop_first(victims);
    if ((!waits && waiting_.size() - awaited_ < policy_.capacity)
        || policy_.on_full == slow_consumer::latest) {
      waiting_.push_back(std::move(next));
      return outcome::queued;
    }
    // A capacity of zero has no oldest to drop.
    if (policy_.on_full == slow_consumer::drop_oldest && !waiting_.empty()) {
      drop_first(victims);
      waiting_.push_back(std::move(next));
      return outcome::queued;
    }
    victims.push_back(std::move(next));
    return policy_.on_full == slow_consumer::close ? outcome::overflow : outcome::dropped;
  }

  [[nodiscard]] std::optional<entry> pop() {
    if (waiting_.empty())
      return std::nullopt;
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    if (policy_.on_full == slow_consumer::wait && is_awaited(first))
      --awaited_;
    return first;
  }

  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

private:
  [[nodiscard]] static bool is_awaited(const entry& which) {
    return which.sender.pending() && !which.sender.async();
  }
  void drop_first(std::vector<entry>& victims) {
    victims.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }

  push_policy policy_;
  fifo<entry> waiting_;
  std::size_t awaited_ = 0; ///< of these, with `wait`: those whose sender waits for its answer
};

} // namespace sluice

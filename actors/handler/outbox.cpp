#include "actors/handler/outbox.hpp"

#include <utility>

namespace sluice {

namespace {

bool is_awaited(const outbox::entry& which) {
  return which.sender.pending() && !which.sender.async();
}

} // namespace

outbox::outcome outbox::push(entry next, std::vector<entry>& victims) {
  if (policy_.on_full == slow_consumer::wait && is_awaited(next)) {
    // A sender that waits for its answer is bounded by itself.
    ++awaited_;
    waiting_.push_back(std::move(next));
    return outcome::queued;
  }
  const auto drop_first = [&] {
    victims.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  };
  if (policy_.on_full == slow_consumer::latest)
    while (!waiting_.empty())
      drop_first();
  if (waiting_.size() - awaited_ < policy_.capacity || policy_.on_full == slow_consumer::latest) {
    waiting_.push_back(std::move(next));
    return outcome::queued;
  }
  switch (policy_.on_full) {
    case slow_consumer::drop_oldest:
      // A capacity of zero has no oldest to drop.
      if (waiting_.empty())
        break;
      drop_first();
      waiting_.push_back(std::move(next));
      return outcome::queued;
    case slow_consumer::close: victims.push_back(std::move(next)); return outcome::overflow;
    case slow_consumer::wait:
    case slow_consumer::drop_newest:
    case slow_consumer::latest: break;
  }
  victims.push_back(std::move(next));
  return outcome::dropped;
}

std::optional<outbox::entry> outbox::pop() {
  if (waiting_.empty())
    return std::nullopt;
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  if (policy_.on_full == slow_consumer::wait && is_awaited(first))
    --awaited_;
  return first;
}

} // namespace sluice

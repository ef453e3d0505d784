#include "sluice/actors/connection/stream.hpp"

#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/messages/counters.hpp"

#include <caf/actor_cast.hpp>

#include <cassert>

namespace sluice {

void stream::start(const endpoint& target, request&& head) {
  assert(!has_handler());
  auto& context = table_.context_;
  auto* home = target.where == placement::on_loop ? &context.loop : nullptr;
  bond_.handler = spawn_handler(
    context.system, {std::move(head), caf::actor_cast<caf::actor>(table_.own_address()), &target,
                     &context.count, home, &context.loop, context.detached_threads});
  bond_.target = &target;
  bond_.is = bond::state::running;
  if (context.observer != nullptr)
    context.observer->on_started(table_.owner_.id());
}

void stream::detach() {
  if (!has_handler())
    return;
  assert(!is_cancelled());
  table_.detached_.push_back(bond_);
  bond_ = {};
}

void stream::cancel(cancel_reason reason) {
  if (!table_.cancel(bond_, reason))
    return;
  auto& count = table_.context_.count;
  count.handlers_cancelled.fetch_add(1);
  count.handlers_cancelled_running.fetch_add(1);
}

bool stream::on_down(const caf::error& why) {
  auto& context = table_.context_;
  if (context.observer != nullptr)
    context.observer->on_ended(table_.owner_.id(), why, true);
  const auto was_cancelled = is_cancelled();
  if (was_cancelled)
    context.count.handlers_cancelled_running.fetch_sub(1);
  bond_ = {};
  return was_cancelled;
}

} // namespace sluice

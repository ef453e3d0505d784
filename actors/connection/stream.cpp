#include "sluice/actors/connection/stream.hpp"

#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/observe/counters.hpp"

#include <caf/actor_cast.hpp>

#include <cassert>

namespace sluice {

void stream::start(const endpoint& target, request&& head) {
  assert(!has_handler());
  auto& context = table_.context_;
  auto* home = target.where == placement::on_loop ? &context.loop : nullptr;
  bond_.handler = spawn_handler(
    context.system, {std::move(head), caf::actor_cast<caf::actor>(table_.own_address()), &target,
                     &context.count, home, &context.loop, context.threads, &context.log});
  bond_.route = &context.settled.of(&target);
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

void stream::note_vain(std::size_t octets) {
  if (bond_.client_left_at != time_point{})
    bond_.route->seen.dead_octets.add(octets);
}

void stream::describe(stall& into) const {
  if (!has_handler())
    return;
  const auto& who = handler_of(bond_);
  auto& seen = into.handler.emplace();
  seen.id = who.id();
  seen.where = who.target().where;
  seen.state = !is_cancelled()                      ? "running"
               : bond_.is == bond::state::cancelled ? "cancelled"
                                                    : "killed";
  seen.doing = who.doing();
  if (is_stalled())
    seen.holds_for = table_.context_.loop.now() - bond_.given_at;
}

bool stream::on_down(const caf::error& why) {
  auto& context = table_.context_;
  const auto was_cancelled = is_cancelled();
  if (bond_.client_left_at != time_point{})
    bond_.route->seen.dead_time.add(
      static_cast<std::uint64_t>((context.loop.now() - bond_.client_left_at).count()));
  if (was_cancelled)
    context.count.handlers_cancelled_running.fetch_sub(1);
  bond_ = {};
  if (context.observer != nullptr)
    context.observer->on_ended(table_.owner_.id(), why, true);
  return was_cancelled;
}

} // namespace sluice

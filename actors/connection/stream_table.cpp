#include "sluice/actors/connection/stream_table.hpp"

#include "sluice/actors/caf/bare_element.hpp"
#include "sluice/actors/connection/stream.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/loop/timer_queue.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {

namespace {

bool is_handler_of(const bond& which, const caf::strong_actor_ptr& who) noexcept {
  return who && which.handler && caf::actor_cast<caf::abstract_actor*>(which.handler) == who->get();
}

/// Whether a handler that was cancelled for `reason` has no client any more.
bool is_clients_end(cancel_reason reason) noexcept {
  switch (reason) {
    case cancel_reason::peer_closed:
    case cancel_reason::peer_reset:
    case cancel_reason::peer_vanished:
    case cancel_reason::client_deadline:
    case cancel_reason::write_deadline: return true;
    default: return false;
  }
}

} // namespace

template <class Call>
void stream_table::for_each_stream(Call call) {
  for (auto* each = first_; each != nullptr; each = each->next_)
    call(*each);
}

template <class Call>
void stream_table::for_each_bond(Call call) {
  for_each_stream([&](stream& each) { call(each.bond_); });
  for (auto& each : detached_)
    call(each);
}

bool stream_table::has_handlers() const noexcept {
  if (has_detached())
    return true;
  for (const auto* each = first_; each != nullptr; each = each->next_)
    if (each->has_handler())
      return true;
  return false;
}

void stream_table::for_each_asked(const std::function<void(caf::actor_id)>& call) const {
  const auto look_at = [&](const bond& each) {
    if (each.is == bond::state::none)
      return;
    if (const auto whom = handler_of(each).doing().asked; whom != 0)
      call(whom);
  };
  for (const auto* each = first_; each != nullptr; each = each->next_)
    look_at(each->bond_);
  for (const auto& each : detached_)
    look_at(each);
}

bool stream_table::awaits_detached() const noexcept {
  for (const auto& each : detached_)
    if (!each.given.is_empty())
      return true;
  return false;
}

// -- what handlers say ------------------------------------------------------------

stream* stream_table::find(const caf::strong_actor_ptr& who) const noexcept {
  auto* each = first_;
  while (each != nullptr && !is_handler_of(each->bond_, who))
    each = each->next_;
  return each;
}

stream* stream_table::find(const caf::actor_addr& who) const noexcept {
  auto* each = first_;
  while (each != nullptr && !(each->has_handler() && each->bond_.handler.address() == who))
    each = each->next_;
  return each;
}

bond* stream_table::find_detached(const caf::strong_actor_ptr& who) noexcept {
  for (auto& each : detached_)
    if (is_handler_of(each, who))
      return &each;
  return nullptr;
}

stream* stream_table::on_response(const caf::mailbox_element& element) {
  const auto id = element.mid.integer_value();
  auto* const found = find(element.sender);
  if (auto* const detached = found == nullptr ? find_detached(element.sender) : nullptr) {
    on_detached_response(*detached, id);
    return nullptr;
  }
  const auto verdict = found != nullptr ? found->bond_.given.acknowledge(id, true)
                                        : acknowledgement::foreign;
  if (verdict == acknowledgement::accepted)
    found->bond_.route->seen.acknowledgements.observe(context_.loop.now() - found->bond_.given_at);
  if (verdict == acknowledgement::late)
    context_.count.acknowledgements_late.fetch_add(1);
  if (verdict == acknowledgement::foreign)
    context_.count.acknowledgements_foreign.fetch_add(1);
  if (context_.observer != nullptr && verdict == acknowledgement::accepted)
    context_.observer->on_acknowledged(owner_.id());
  else if (context_.observer != nullptr)
    context_.observer->on_ignored(owner_.id());
  return verdict == acknowledgement::accepted ? found : nullptr;
}

// What a detached handler acknowledges earns no credit, but it holds that no more.
void stream_table::on_detached_response(bond& which, slot::delivery id) {
  context_.count.acknowledgements_late.fetch_add(1);
  if (which.given.acknowledge(id, true) == acknowledgement::accepted
      && context_.observer != nullptr)
    context_.observer->on_acknowledged(owner_.id());
}

bool stream_table::remove_detached(const caf::actor_addr& who, const caf::error& why) {
  const auto gone = std::find_if(detached_.begin(), detached_.end(),
                                 [&](const bond& each) { return each.handler.address() == who; });
  if (gone == detached_.end())
    return false;
  const auto frees_slot = !gone->given.is_empty();
  detached_.erase(gone);
  if (context_.observer != nullptr)
    context_.observer->on_ended(owner_.id(), why, frees_slot && !awaits_detached());
  return true;
}

void stream_table::answer(const asker& to) {
  if (to.who && to.id.is_request())
    answer_bare(to.who, own_address(), to.id, &context_.loop);
}

void stream_table::answer(const asker& to, caf::error why) {
  if (const auto refused = refusal_of(why)) {
    context_.count.refused_by[counters::place_of(*refused)].fetch_add(
      1); // by senders' threads, too
    // The test kit has one thread; another observer minds whose this is.
    if (context_.observer != nullptr)
      context_.observer->on_refused(owner_.id(), *refused);
  }
  if (to.who && to.id.is_request())
    to.who->enqueue(own_address(), to.id.response_id(), caf::make_message(std::move(why)),
                    &context_.loop);
}

void stream_table::expect_stop(const caf::strong_actor_ptr& who, bool is_stopping) {
  for_each_bond([&](bond& each) {
    if (!is_handler_of(each, who) || std::exchange(each.expects_stop, true))
      return;
    if (is_stopping && each.is == bond::state::running)
      send_control(each, draining{});
  });
}

void stream_table::tell_of_stop() {
  for_each_bond([this](bond& each) {
    if (each.expects_stop && each.is == bond::state::running)
      send_control(each, draining{});
  });
}

// -- how they end -------------------------------------------------------------------

bool stream_table::cancel(bond& which, cancel_reason reason) {
  if (which.is != bond::state::running)
    return false;
  const auto grace = which.route->holds.cancel_grace;
  send_control(which, cancelled{reason});
  which.is = bond::state::cancelled;
  context_.count.cancelled_by[counters::place_of(reason)].add();
  if (is_clients_end(reason))
    which.client_left_at = context_.loop.now();
  if (grace > duration::zero())
    which.kill_at = context_.loop.now() + grace;
  if (context_.observer != nullptr)
    context_.observer->on_cancelled(owner_.id(), reason);
  return true;
}

void stream_table::kill(bond& which) {
  if (which.is == bond::state::none || which.is == bond::state::killed)
    return;
  owner_.send_exit(which.handler, caf::exit_reason::kill); // may get no memory: it's tried again
  which.is = bond::state::killed;
  which.kill_at = time_point::max();
  context_.count.handlers_killed.fetch_add(1);
  if (context_.observer != nullptr)
    context_.observer->on_killed(owner_.id());
}

void stream_table::cancel_streams(cancel_reason reason) {
  for_each_stream([&](stream& each) { each.cancel(reason); });
}

void stream_table::cancel_detached(cancel_reason reason) {
  for (auto& each : detached_)
    cancel(each, reason);
}

void stream_table::cancel_detached(const caf::strong_actor_ptr& who, cancel_reason reason) {
  if (auto* const found = find_detached(who))
    cancel(*found, reason);
}

void stream_table::kill_all() {
  for_each_stream([this](stream& each) {
    const auto was_running = each.has_handler() && !each.is_cancelled();
    kill(each.bond_);
    if (was_running) // one more that is to end
      context_.count.handlers_cancelled_running.fetch_add(1);
  });
  for (auto& each : detached_)
    kill(each);
}

time_point stream_table::next_grace() const noexcept {
  auto first = time_point::max();
  for (const auto* each = first_; each != nullptr; each = each->next_)
    first = std::min(first, each->bond_.kill_at);
  for (const auto& each : detached_)
    first = std::min(first, each.kill_at);
  return first;
}

bool stream_table::kill_overdue(time_point now) {
  auto is_any = false;
  for_each_bond([&](bond& each) {
    if (each.kill_at > now)
      return;
    try {
      kill(each);
      is_any = true;
    } catch (const std::bad_alloc&) {
      each.kill_at = now + memory_retry;
    }
  });
  return is_any;
}

// -----------------------------------------------------------------------------------

caf::strong_actor_ptr stream_table::own_address() const {
  return caf::strong_actor_ptr{owner_.ctrl()};
}

void stream_table::send(const bond& to, caf::mailbox_element_ptr element) {
  caf::actor_cast<caf::abstract_actor*>(to.handler)->enqueue(std::move(element), &context_.loop);
}

} // namespace sluice

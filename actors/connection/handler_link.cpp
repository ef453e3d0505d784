#include "sluice/actors/connection/handler_link.hpp"

#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/messages/counters.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

void handler_link::attach(caf::actor_system& system, handler_context&& context) {
  handler_ = spawn_handler(system, std::move(context));
  cancelled_ = false;
  if (observer_ != nullptr)
    observer_->on_started(owner_.id());
}

void handler_link::forget() {
  if (handler_)
    former_.push_back({handler_, slot_.outstanding()});
  let_go();
}

bool handler_link::is_current(const caf::strong_actor_ptr& who) const noexcept {
  return handler_ && who && who->get() == caf::actor_cast<caf::abstract_actor*>(handler_);
}

bool handler_link::is_current(const caf::actor_addr& who) const noexcept {
  return handler_ && handler_.address() == who;
}

acknowledgement handler_link::on_response(const caf::mailbox_element& element) {
  const auto verdict = slot_.acknowledge(element.mid.integer_value(), is_current(element.sender));
  if (verdict == acknowledgement::late)
    count_.acknowledgements_late.fetch_add(1);
  if (verdict == acknowledgement::foreign)
    count_.acknowledgements_foreign.fetch_add(1);
  if (observer_ != nullptr && verdict == acknowledgement::accepted)
    observer_->on_acknowledged(owner_.id());
  else if (observer_ != nullptr)
    observer_->on_ignored(owner_.id());
  return verdict;
}

bool handler_link::on_former_response(const caf::mailbox_element& element) {
  auto* found = find_former(element.sender);
  if (found == nullptr)
    return false;
  count_.acknowledgements_late.fetch_add(1);
  if (found->holds == element.mid.integer_value()) {
    found->holds.reset();
    if (observer_ != nullptr)
      observer_->on_acknowledged(owner_.id());
  }
  return true;
}

bool handler_link::is_held_by_former() const noexcept {
  return std::any_of(former_.begin(), former_.end(),
                     [](const former& each) { return each.holds.has_value(); });
}

bool handler_link::cancel(cancel_reason reason) {
  if (!handler_ || cancelled_)
    return false;
  notify(cancelled{reason});
  cancelled_ = true;
  if (observer_ != nullptr)
    observer_->on_cancelled(owner_.id(), reason);
  count_.handlers_cancelled.fetch_add(1);
  count_.handlers_cancelled_running.fetch_add(1);
  return true;
}

bool handler_link::kill() {
  return handler_ && kill(handler_, killed_);
}

void handler_link::kill_all() {
  kill();
  for (auto& each : former_)
    kill(each.handler, each.is_killed);
}

bool handler_link::kill(const caf::actor& handler, bool& is_killed) {
  if (is_killed)
    return false;
  owner_.send_exit(handler, caf::exit_reason::kill); // may get no memory: then it's tried again
  is_killed = true;
  count_.handlers_killed.fetch_add(1);
  if (observer_ != nullptr)
    observer_->on_killed(owner_.id());
  return true;
}

void handler_link::on_down(const caf::error& why) {
  if (observer_ != nullptr)
    observer_->on_ended(owner_.id(), why, true);
  let_go();
}

void handler_link::let_go() {
  if (cancelled_)
    count_.handlers_cancelled_running.fetch_sub(1);
  handler_ = nullptr;
  cancelled_ = false;
  killed_ = false;
  slot_.release();
}

auto handler_link::find_former(const caf::strong_actor_ptr& who) noexcept -> former* {
  for (auto& each : former_)
    if (who && caf::actor_cast<caf::abstract_actor*>(each.handler) == who->get())
      return &each;
  return nullptr;
}

bool handler_link::is_former(const caf::strong_actor_ptr& who) noexcept {
  return find_former(who) != nullptr;
}

bool handler_link::cancel_former(const caf::strong_actor_ptr& who, cancel_reason reason) {
  auto* found = find_former(who);
  return found != nullptr && tell(*found, reason);
}

void handler_link::cancel_all_former(cancel_reason reason) {
  for (auto& each : former_)
    tell(each, reason);
}

bool handler_link::kill_told_former() {
  auto any = false;
  for (auto& each : former_)
    any = (each.is_told && kill(each.handler, each.is_killed)) || any;
  return any;
}

bool handler_link::tell(former& each, cancel_reason reason) {
  if (each.is_told)
    return false;
  send_control(each.handler, cancelled{reason});
  each.is_told = true;
  if (observer_ != nullptr)
    observer_->on_cancelled(owner_.id(), reason);
  return true;
}

bool handler_link::on_former_down(const caf::actor_addr& who) {
  return std::erase_if(former_, [&](const former& each) { return each.handler.address() == who; })
         > 0;
}

caf::strong_actor_ptr handler_link::owner_ref() const {
  return caf::strong_actor_ptr{owner_.ctrl()};
}

void handler_link::enqueue(const caf::actor& to, caf::mailbox_element_ptr element) {
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(std::move(element), &unit_);
}

} // namespace sluice

#include "actors/handler_link.hpp"

#include "actors/counters.hpp"
#include "actors/handler/handler_actor.hpp"
#include "actors/messages.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>

#include <utility>

namespace sluice {

void handler_link::attach(caf::actor_system& system, handler_context context) {
  handler_ = spawn_handler(system, std::move(context));
  cancelled_ = false;
  owner_.monitor<caf::message_priority::high>(handler_);
}

void handler_link::forget() noexcept {
  if (cancelled_)
    count_.handlers_cancelled_running.fetch_sub(1);
  handler_ = nullptr;
  cancelled_ = false;
  slot_.release();
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
  return verdict;
}

bool handler_link::cancel(cancel_reason reason) {
  if (!handler_ || cancelled_)
    return false;
  notify(cancelled{reason});
  cancelled_ = true;
  count_.handlers_cancelled.fetch_add(1);
  count_.handlers_cancelled_running.fetch_add(1);
  return true;
}

void handler_link::kill() {
  if (!handler_)
    return;
  count_.handlers_killed.fetch_add(1);
  owner_.send_exit(handler_, caf::exit_reason::kill);
}

bool handler_link::on_down() noexcept {
  const auto was_outstanding = !slot_.is_empty();
  forget();
  return was_outstanding;
}

caf::strong_actor_ptr handler_link::owner_ref() const {
  return caf::strong_actor_ptr{owner_.ctrl()};
}

void handler_link::enqueue(caf::mailbox_element_ptr element) {
  caf::actor_cast<caf::abstract_actor*>(handler_)->enqueue(std::move(element), &unit_);
}

} // namespace sluice

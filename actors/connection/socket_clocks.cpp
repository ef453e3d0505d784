// A socket_actor's clocks: whose account is open, what is left of it, and what becomes of a connection
// whose time is up.

#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/messages/counters.hpp"
#include "sluice/actors/messages/journal.hpp"

#include <new>
#include <utility>

namespace sluice {

// One account is open at a time: the network's while octets wait for it, else the one that the
// conversation names.
void socket_actor::settle() {
  std::optional<wait> next;
  if ((phase_ == phase::open || phase_ == phase::finishing) && !output_.empty())
    next = wait::write;
  else if (phase_ == phase::open)
    next = conversation_->awaited();
  switch_account(next);
  // Who moved while octets waited has its whole time again.
  if (interrupted_ && has_moved(interrupted_->first))
    interrupted_.reset();
  progress_ = 0;
  arm_timer();
}

void socket_actor::switch_account(std::optional<wait> next) {
  if (next == awaited_ && !(next && has_moved(*next)))
    return;
  close_account(next);
  awaited_ = next;
  if (!next)
    return interrupted_.reset();
  const auto goes_on = interrupted_ && interrupted_->first == *next && !has_moved(*next);
  deadlines_.start(*next, context_.loop.now(), goes_on ? interrupted_->second : time_for(*next));
  if (next != wait::write)
    interrupted_.reset();
}

void socket_actor::close_account(std::optional<wait> next) {
  if (!awaited_)
    return;
  const auto left = deadlines_.interrupt(*awaited_, context_.loop.now());
  if (auto* credit = credit_of(*awaited_); credit != nullptr && left)
    credit->close(*left);
  // Our own octets, an answer to a Ping even, give nobody more time.
  if (next == wait::write && awaited_ != wait::write)
    interrupted_ = left ? std::optional{std::pair{*awaited_, *left}} : std::nullopt;
}

duration socket_actor::time_for(wait which) {
  const auto most = conversation_->patience(which);
  auto* credit = credit_of(which);
  if (credit == nullptr || most == duration::zero())
    return most;
  return credit->open(most, conversation_->rate(which));
}

client_credit* socket_actor::credit_of(wait which) noexcept {
  switch (which) {
    case wait::content: return &content_credit_;
    case wait::write: return &write_credit_;
    default: return nullptr;
  }
}

void socket_actor::renew_content_credit() noexcept {
  content_credit_.renew();
  // An account that is open is not to bring back, when it is closed, what it had left before.
  deadlines_.stop(wait::content);
  note_progress(wait::content);
}

void socket_actor::arm_timer() {
  // Lazily: a timer that fires too early looks again, so that a request sets no timer.
  const auto next = deadlines_.next();
  if (next && (!is_armed() || due() > *next))
    context_.loop.timers().arm(*this, *next);
}

void socket_actor::on_expired(wait which) {
  if (awaited_ == which)
    awaited_.reset();
  if (which == wait::cancel_grace || which == wait::former_grace)
    return on_grace_over(which);
  if (which != wait::stall_probe)
    context_.count.deadlines_missed.fetch_add(1);
  if (which == wait::write)
    return leave(cancel_reason::write_deadline, true);
  if (which == wait::linger)
    return leave(cancel_reason::client_deadline, false);
  if (phase_ == phase::open)
    conversation_->on_deadline(which);
}

void socket_actor::on_grace_over(wait which) {
  auto is_killed = false;
  try {
    is_killed = which == wait::cancel_grace ? link_.kill() : link_.kill_told_former();
  } catch (const std::bad_alloc&) {
    return deadlines_.start(which, context_.loop.now(), without_memory);
  }
  if (is_killed)
    context_.log.report(severity::warning,
                        "a cancelled handler outlived its grace period and is killed");
}

} // namespace sluice

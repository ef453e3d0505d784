#include "sluice/actors/connection/accounts.hpp"

#include "sluice/actors/connection/settled_routes.hpp"

namespace sluice {

terms terms_of(settled_route& route, wait which) noexcept {
  const auto& holds = route.holds;
  switch (which) {
    case wait::content: return {holds.content_deadline, holds.content_rate, &route.seen};
    case wait::write: return {holds.write_deadline, holds.write_rate, &route.seen};
    case wait::handler: return {holds.handler_deadline, 0, &route.seen};
    case wait::close_handshake: return {holds.close_deadline, 0, &route.seen};
    case wait::close_answer: return {holds.close_deadline};
    case wait::stall_probe: return {holds.stall_probe};
    case wait::header:
    case wait::keep_alive:
    case wait::linger:
    case wait::heartbeat: break;
  }
  return {};
}

void accounts::close(std::optional<wait> next, time_point now) noexcept {
  if (!open_)
    return;
  const auto left = clocks_.interrupt(*open_, now);
  if (auto* credit = credit_of(*open_); credit != nullptr && left)
    credit->close(*left);
  // Our own octets, an answer to a Ping even, give nobody more time.
  if (next == wait::write && open_ != wait::write)
    interrupted_ = {true, *open_, left.value_or(duration::zero()), since_};
  note_wait(now);
}

void accounts::note_wait(time_point now) const noexcept {
  if (charged_ == nullptr)
    return;
  const auto whose = static_cast<std::size_t>(party_of(*open_));
  charged_->waiting[whose].add(-1);
  charged_->waits[whose].observe(now - opened_);
}

void accounts::change(std::optional<wait> next, time_point now, const terms& has) noexcept {
  close(next, now);
  open_ = next;
  if (!next) {
    interrupted_ = {};
    return;
  }
  opened_ = since_ = now;
  charged_ = has.charged;
  if (charged_ != nullptr)
    charged_->waiting[static_cast<std::size_t>(party_of(*next))].add();
  auto time = has.time;
  const auto goes_on = interrupted_.is_any && interrupted_.which == *next && !has_moved(*next);
  if (goes_on)
    since_ = interrupted_.since;
  if (goes_on && interrupted_.left != duration::zero()) {
    time = interrupted_.left;
  } else if (auto* credit = credit_of(*next); credit != nullptr && time != duration::zero()) {
    time = credit->open(time, has.rate);
  }
  clocks_.start(*next, now, time);
  if (next != wait::write)
    interrupted_ = {};
}

void accounts::stop_all(time_point now) noexcept {
  clocks_.stop_all();
  if (open_)
    note_wait(now);
  open_.reset();
}

std::optional<open_wait> accounts::awaited() const noexcept {
  if (open_)
    return open_wait{*open_, since_, clocks_.due(*open_)};
  for (const auto which : {wait::close_answer, wait::linger})
    if (const auto until = clocks_.due(which))
      return open_wait{which, since_beside_, until};
  return std::nullopt;
}

std::optional<wait> accounts::take_expired(time_point now) noexcept {
  const auto expired = clocks_.take_expired(now);
  if (expired && open_ == expired) {
    note_wait(now);
    open_.reset();
  }
  return expired;
}

client_credit* accounts::credit_of(wait which) noexcept {
  switch (which) {
    case wait::content: return &content_;
    case wait::write: return &write_;
    default: return nullptr;
  }
}

} // namespace sluice

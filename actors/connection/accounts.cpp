#include "sluice/actors/connection/accounts.hpp"

#include "sluice/actors/messages/settings.hpp"

namespace sluice {

terms terms_of(const route_settings& holds, wait which) noexcept {
  switch (which) {
    case wait::content: return {holds.content_deadline, holds.content_rate};
    case wait::write: return {holds.write_deadline, holds.write_rate};
    case wait::handler: return {holds.handler_deadline};
    case wait::close_handshake:
    case wait::close_answer: return {holds.close_deadline};
    case wait::stall_probe: return {holds.stall_probe};
    case wait::header:
    case wait::keep_alive:
    case wait::linger: break;
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
    interrupted_ = {left.value_or(duration::zero()), *open_};
}

void accounts::change(std::optional<wait> next, time_point now, const terms& has) noexcept {
  close(next, now);
  open_ = next;
  if (!next) {
    interrupted_ = {};
    return;
  }
  auto time = has.time;
  if (interrupted_.left != duration::zero() && interrupted_.which == *next && !has_moved(*next))
    time = interrupted_.left; // it goes on
  else if (auto* credit = credit_of(*next); credit != nullptr && time != duration::zero())
    time = credit->open(time, has.rate);
  clocks_.start(*next, now, time);
  if (next != wait::write)
    interrupted_ = {};
}

void accounts::stop_all() noexcept {
  clocks_.stop_all();
  open_.reset();
}

std::optional<wait> accounts::take_expired(time_point now) noexcept {
  const auto expired = clocks_.take_expired(now);
  if (expired && open_ == expired)
    open_.reset();
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

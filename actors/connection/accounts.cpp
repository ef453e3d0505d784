#include "sluice/actors/connection/accounts.hpp"

#include "sluice/actors/connection/settled_routes.hpp"

namespace sluice {

terms terms_of(const settled_route& route, wait which) noexcept {
  const auto& holds = route.holds;
  switch (which) {
    case wait::content: return {holds.content_deadline, holds.content_rate};
    case wait::write: return {holds.write_deadline, holds.write_rate};
    case wait::handler: return {holds.handler_deadline};
    case wait::close_handshake:
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
  if (noted_ != nullptr)
    note_wait(now);
}

void accounts::note_wait(time_point now) const noexcept {
  noted_->now.add(-1);
  noted_->past.observe(now - opened_);
}

void accounts::change(std::optional<wait> next, time_point now, const terms& has,
                      route_tally* noted) noexcept {
  close(next, now);
  open_ = next;
  if (!next) {
    interrupted_.is_any = false;
    return;
  }
  opened_ = since_ = now;
  noted_ = nullptr;
  if (noted != nullptr) {
    noted_ = &noted->waits[static_cast<std::size_t>(party_of(*next))];
    noted_->now.add();
  }
  auto time = has.time;
  auto is_rest = false; // of the time that was interrupted
  if (interrupted_.is_any && interrupted_.which == *next && !has_moved(*next)) {
    since_ = interrupted_.since;
    is_rest = interrupted_.left != duration::zero();
  }
  if (is_rest)
    time = interrupted_.left;
  else if (auto* credit = credit_of(*next); credit != nullptr && time != duration::zero())
    time = credit->open(time, has.rate);
  clocks_.start(*next, now, time);
  if (next != wait::write)
    interrupted_.is_any = false;
}

void accounts::stop_all(time_point now) noexcept {
  clocks_.stop_all();
  if (open_ && noted_ != nullptr)
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
    if (noted_ != nullptr)
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

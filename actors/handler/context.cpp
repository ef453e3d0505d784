#include "sluice/actors/handler/context.hpp"

#include "sluice/actors/handler/coroutine_actor.hpp"
#include "sluice/protocol/http/cookie.hpp"
#include "sluice/protocol/http/target.hpp"

namespace sluice {

// -- awaitable --------------------------------------------------------------------

void awaitable::await_suspend(std::coroutine_handle<> waiting) const noexcept {
  self_->wait(waiting, *this);
}

std::size_t internal::next_turn(coroutine_actor& self) noexcept {
  return self.next_turn();
}

handler_fault::handler_fault(refusal why)
  : std::logic_error{std::string{to_string(why)}}, why_{why} {}

pending_answer::~pending_answer() {
  if (ticket_ != 0)
    waits_in().forget(ticket_);
}

bool pending_answer::is_ready() const noexcept {
  return waits_in().is_answered(ticket_);
}

void pending_answer::await_resume() const {
  waits_in().check_answer(ticket_);
}

pending_delay::pending_delay(coroutine_actor& self, duration length)
  : awaitable{self}, ticket_{self.start_delay(length)} {}

pending_delay::~pending_delay() {
  if (ticket_ != 0)
    waits_in().stop_delay(ticket_);
}

bool pending_delay::is_ready() const noexcept {
  return waits_in().is_answered(ticket_);
}

pending_stop::pending_stop(coroutine_actor& self) : awaitable{self} {
  self.expect_stop();
}

bool pending_stop::is_ready() const noexcept {
  return waits_in().is_draining();
}

// -- context ----------------------------------------------------------------------

const request& context::request() const noexcept {
  return self_->head();
}

std::string_view context::param(std::string_view name) const noexcept {
  return self_->head().param(name);
}

std::optional<std::string> context::query(std::string_view name) const {
  return self_->head().query_param(name);
}

std::optional<std::string_view> context::field(std::string_view name) const noexcept {
  return self_->head().fields.find(name);
}

std::optional<std::string_view> context::cookie(std::string_view name) const noexcept {
  return http::find_cookie(self_->head().fields, name);
}

handler_log context::log() const noexcept {
  return handler_log{*self_};
}

request_trace context::trace() const {
  return self_->head().trace();
}

pending_delay context::delay(duration length) {
  return {*self_, length};
}

pending_stop context::draining() {
  return pending_stop{*self_};
}

bool context::is_draining() const noexcept {
  return self_->is_draining();
}

caf::event_based_actor& context::self() noexcept {
  return *self_;
}

caf::actor context::adopt(caf::actor child) {
  self_->adopt(child);
  return child;
}

bool context::has_query(std::string_view name) const {
  return http::has_query_parameter(self_->head().query, name);
}

void context::refuse_parameter(std::string_view where, std::string_view name) {
  throw http_error{status::bad_request, bad_parameter(where, name)};
}

} // namespace sluice

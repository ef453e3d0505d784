#include "sluice/actors/websocket/web_socket_conversation.hpp"

#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/counters.hpp"
#include "sluice/actors/messages/journal.hpp"
#include "sluice/protocol/errc.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// Messages parsed ahead of a full slot: bounds what many tiny ones cost beyond their octets.
constexpr std::size_t most_parked = 64;

websocket::limits limits_of(const settings& all, const route_limits& own) {
  websocket::limits limits;
  limits.message = own.message.value_or(all.max_message_size);
  limits.part = own.message_part.value_or(0);
  return limits;
}

} // namespace

web_socket_conversation::web_socket_conversation(
  socket_actor& socket, const endpoint& target, const request& head, access_entry entry,
  const std::optional<websocket::deflate_options>& deflate)
  : socket_{socket},
    target_{target},
    session_{limits_of(socket.limits(), target.limits), deflate},
    entry_{std::move(entry)} {
  entry_.received = 0;
  function_ = std::get_if<message_handler>(&target.handler);
  if (function_ != nullptr)
    head_ = std::make_unique<request>(head);
  else
    socket_.attach_handler(target, request{head});
}

// -- reading ----------------------------------------------------------------------

std::size_t web_socket_conversation::appetite() const {
  // A peer that pings and does not read is not read either (S31).
  if (socket_.is_flooded())
    return 0;
  if (ending_ == ending::ours)
    return socket_.limits().chunk_size;
  if (ending_ != ending::open)
    return 0;
  if (!socket_.link().is_stalled())
    return parked_.empty() ? for_a_message() : 0;
  const auto look_ahead = socket_.limits().look_ahead;
  return parked_.size() < most_parked && ahead_ < look_ahead ? look_ahead - ahead_ : 0;
}

// What is missing of a large frame is read alone: what came behind it would wait in user space
// while its message is with the handler.
std::size_t web_socket_conversation::for_a_message() const {
  const auto most = socket_.limits().chunk_size;
  const auto rest = session_.frame_rest();
  return rest == 0 ? most : static_cast<std::size_t>(std::min<std::uint64_t>(most, rest));
}

std::size_t web_socket_conversation::consume(octet_view input) {
  std::size_t used = 0;
  while (const auto most = appetite()) {
    // Behind our own Close data is dropped, not kept.
    const auto is_ahead = socket_.link().is_stalled() && !session_.close_sent();
    const auto offered = input.subspan(used, std::min(most, input.size() - used));
    const auto step = session_.next(offered);
    used += step.consumed;
    socket_.note_content(step.consumed);
    if (is_ahead)
      ahead_ += step.consumed;
    // Where messages are inflated, ahead_ counts what they come to (S8).
    assert(!is_ahead || session_.has_deflate() || ahead_ <= socket_.limits().look_ahead);
    if (step.event != websocket::session_event::none)
      on_event(step.event, step.error);
    else if (used == input.size() || step.consumed == 0)
      break;
  }
  push_control();
  return used;
}

void web_socket_conversation::on_event(websocket::session_event event,
                                       const std::error_code& error) {
  switch (event) {
    case websocket::session_event::message: return on_message(session_.take_message());
    case websocket::session_event::close:
      ending_ = ending::theirs; // after_input goes on from here
      // Also behind our own Close: what came before is still to be handled.
      return restart_close_answer();
    case websocket::session_event::error:
      socket_.shared().log.report(severity::information,
                                  "a WebSocket client broke the protocol: " + error.message());
      if (error == errc::message_too_big || error == errc::deflate_ratio)
        broken_ = cancel_reason::limit_exceeded;
      ending_ = ending::failing;
      return expect_answers();
    case websocket::session_event::ping:
      // Each answer goes to the output on its own account: a flood of pings meets the cap (S31).
      return push_control();
    case websocket::session_event::pong:
    case websocket::session_event::none: return;
  }
}

void web_socket_conversation::on_message(websocket::message_data next) {
  socket_.renew_content_credit();
  entry_.received += next.content.size();
  if (session_.has_deflate())
    ahead_ += next.content.size(); // a few octets of look-ahead may inflate to a whole message
  message said{next.kind, std::move(next.content), next.is_last};
  if (parked_.empty() && can_take()) {
    ahead_ = 0;
    return take(std::move(said));
  }
  parked_.push_back(std::move(said));
}

// The function is called again once the client has taken enough of its answers; the handler, once
// it has acknowledged.
bool web_socket_conversation::can_take() const {
  if (function_ == nullptr)
    return socket_.link().can_deliver();
  return outgoing_.empty() && socket_.output().unsent() <= socket_.limits().low_water;
}

void web_socket_conversation::take(message&& said) {
  if (function_ != nullptr)
    return call_function(said);
  socket_.link().deliver(std::move(said));
  probe_when_stalled();
}

void web_socket_conversation::call_function(const message& said) {
  std::optional<message> answer;
  try {
    answer = (*function_)(*head_, said);
  } catch (const std::exception& failure) { // refused memory is one like any other
    return fail_function(failure.what());
  } catch (...) {
    return fail_function("it threw something that is no std::exception");
  }
  if (!answer || session_.close_sent())
    return;
  if (const auto refused = queue(*answer, {}))
    return fail_function(to_string(*refused));
  write_waiting();
}

void web_socket_conversation::fail_function(std::string_view what) {
  socket_.shared().count.handler_failures.fetch_add(1);
  report_failure(what);
  parked_.clear();
  start_close(close_code::internal_error, "the handler failed");
}

void web_socket_conversation::take_parked() {
  while (!parked_.empty() && can_take()) {
    auto next = std::move(parked_.front());
    parked_.pop_front();
    if (parked_.empty())
      ahead_ = 0;
    else
      ahead_ -= std::min(ahead_, next.size());
    take(std::move(next));
  }
}

void web_socket_conversation::after_input() {
  advance();
}

void web_socket_conversation::on_acknowledged() {
  socket_.clocks().stop(wait::stall_probe);
  if (parked_.empty())
    ahead_ = 0;
  take_parked();
  expect_answers();
  advance();
}

void web_socket_conversation::on_end_of_stream() {
  if (session_.close_received())
    return; // what came before the Close is still to be delivered (S38)
  on_truncated();
}

// Without a Close this is abnormal (S37).
void web_socket_conversation::on_truncated() {
  socket_.fail(cancel_reason::peer_closed);
}

bool web_socket_conversation::is_truncated(octet_view kept) {
  // A client whose side is shut down can't complete the closing handshake that ends a WebSocket,
  // unless its Close is among what we have not read. With one that broke the protocol there is
  // none.
  if (ending_ == ending::failing)
    return false;
  auto rest = std::vector<std::byte>{kept.begin(), kept.end()};
  const auto in_kernel = socket_.peek();
  rest.insert(rest.end(), in_kernel.begin(), in_kernel.end());
  return !session_.would_close(rest);
}

void web_socket_conversation::probe_when_stalled() {
  socket_.clocks().start(wait::stall_probe, socket_.shared().loop.now(),
                         patience(wait::stall_probe));
}

// -- clocks and ends --------------------------------------------------------------------

std::optional<wait> web_socket_conversation::awaited() const {
  switch (ending_) {
    case ending::ours: return wait::close_handshake; // it runs once ours has left (S35)
    case ending::told: // for the handler's end another clock runs, whatever waits to leave
    case ending::over: return std::nullopt;
    default: break;
  }
  if (socket_.link().is_stalled())
    return wait::handler;
  // In the middle of a message octets are wanted; between two a WebSocket may be silent for as long
  // as both like it.
  if (session_.is_in_message() && appetite() > 0)
    return wait::content;
  return std::nullopt;
}

duration web_socket_conversation::patience(wait which) const {
  const auto& all = socket_.limits();
  const auto& own = target_.limits;
  switch (which) {
    case wait::handler: return own.handler_deadline.value_or(all.handler_deadline);
    case wait::content: return own.content_deadline.value_or(all.content_deadline);
    case wait::write: return own.write_deadline.value_or(all.write_deadline);
    case wait::close_handshake:
    case wait::close_answer: return own.close_deadline.value_or(all.close_deadline);
    case wait::cancel_grace: return own.cancel_grace.value_or(all.cancel_grace);
    case wait::stall_probe: return own.stall_probe.value_or(all.stall_probe);
    default: return duration::zero();
  }
}

std::uint64_t web_socket_conversation::rate(wait which) const {
  const auto& all = socket_.limits();
  return which == wait::write ? target_.limits.write_rate.value_or(all.write_rate)
                              : target_.limits.content_rate.value_or(all.content_rate);
}

void web_socket_conversation::on_deadline(wait which) {
  switch (which) {
    case wait::stall_probe: return probe();
    case wait::content:
      socket_.cancel_handler(cancel_reason::client_deadline);
      start_close(close_code::policy_violation, "the message took too long");
      break;
    case wait::handler:
      report_failure("it took longer than its deadline");
      socket_.cancel_handler(cancel_reason::handler_deadline);
      start_close(close_code::try_again_later, "handler deadline");
      break;
    case wait::close_answer: return on_answers_overdue();
    default: // the client did not answer our Close
      socket_.cancel_handler(cancel_reason::client_deadline);
      return end();
  }
  advance();
}

void web_socket_conversation::probe() {
  if (!socket_.link().is_stalled() || ending_ != ending::open)
    return;
  session_.ping({});
  push_control();
  if (ending_ == ending::open)
    probe_when_stalled();
}

void web_socket_conversation::on_rejected(const caf::error& why) {
  report_failure("it refused a message: " + socket_.shared().system.render(why));
  socket_.cancel_handler(cancel_reason::answered);
  start_close(close_code::internal_error, "the handler failed");
  advance();
}

void web_socket_conversation::on_handler_down(const caf::error& why, bool was_cancelled) {
  if (!was_cancelled && why) {
    socket_.shared().count.handler_failures.fetch_add(1);
    report_failure(socket_.shared().system.render(why));
    start_close(close_code::internal_error, "the handler failed");
  } else if (owes_close()) {
    pay_close();
  } else {
    start_close(close_code::normal, {});
  }
  parked_.clear();
  advance();
}

void web_socket_conversation::on_drain() {
  start_close(close_code::going_away, "the server is stopping");
  socket_.cancel_handler(cancel_reason::draining);
  advance();
}

void web_socket_conversation::on_gone(cancel_reason reason) {
  drop_outgoing(); // every waiter is released (S49)
  if (entry_.status == 0)
    return;
  entry_.write(socket_.shared().log, socket_.peer(), socket_.output().sent_total(),
               socket_.shared().loop.exact_time(), to_string(reason));
  entry_.status = 0; // written
}

void web_socket_conversation::report_failure(std::string_view what) const {
  socket_.shared().log.report(severity::error,
                              "the handler of " + target_.route + " failed: " + std::string{what});
}

} // namespace sluice

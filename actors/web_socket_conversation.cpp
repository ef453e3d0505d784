#include "actors/web_socket_conversation.hpp"

#include "actors/counters.hpp"
#include "actors/handler/endpoint.hpp"
#include "actors/journal.hpp"
#include "actors/socket_actor.hpp"
#include "protocol/errc.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <new>
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
  if (is_over_ || session_.close_received() || socket_.is_flooded())
    return 0;
  if (session_.close_sent())
    return socket_.limits().chunk_size;
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
    case websocket::session_event::close: return; // after_input goes on from here
    case websocket::session_event::error:
      socket_.shared().log.report(severity::information,
                                  "a WebSocket client broke the protocol: " + error.message());
      socket_.cancel_handler(error == errc::message_too_big || error == errc::deflate_ratio
                               ? cancel_reason::limit_exceeded
                               : cancel_reason::protocol_error);
      parked_.clear();
      is_over_ = true;
      return;
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
// it has acknowledged. Behind the client's Close nothing is answered any more, so that a function
// waits for nothing (S38).
bool web_socket_conversation::can_take() const {
  if (function_ == nullptr)
    return socket_.link().can_deliver();
  return session_.close_received()
         || (outgoing_.empty() && socket_.output().unsent() <= socket_.limits().low_water);
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
  } catch (const std::bad_alloc&) {
    throw; // the connection's turn ends here
  } catch (const std::exception& failure) {
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
  end_if_closed();
}

// What follows the client's Close: once everything before it is acknowledged, the handler hears of
// it (S38).
void web_socket_conversation::end_if_closed() {
  if (function_ != nullptr && session_.close_received())
    take_parked();
  const auto& link = socket_.link();
  if (session_.close_received() && parked_.empty() && !link.is_stalled() && !closed_is_sent_) {
    closed_is_sent_ = true;
    socket_.link().notify(
      closed{session_.received_code(), std::string{session_.received_reason()}});
    socket_.note_progress(wait::close_handshake);
  }
  // A handler ends by itself after the client's Close; whatever else ends a WebSocket cancels it.
  if (link.is_attached() && !link.is_cancelled())
    return;
  if (!is_over_ && !(session_.close_received() && session_.close_sent()))
    return;
  // What is queued leaves, then TCP ends (S35).
  is_over_ = true;
  entry_.write(socket_.shared().log, socket_.peer(), socket_.output().queued_total(),
               socket_.shared().loop.exact_time(), "complete");
  entry_.status = 0; // written
  socket_.finish();
}

void web_socket_conversation::on_acknowledged() {
  socket_.clocks().stop(wait::stall_probe);
  if (parked_.empty())
    ahead_ = 0;
  take_parked();
  end_if_closed();
}

void web_socket_conversation::on_end_of_stream() {
  if (session_.close_received())
    return; // what came before the Close is still to be delivered (S38)
  // Without a Close this is abnormal (S37).
  socket_.fail(cancel_reason::peer_closed);
}

bool web_socket_conversation::is_truncated(octet_view kept) {
  // A client whose side is shut down can't complete the closing handshake that ends a WebSocket,
  // unless its Close is among what we have not read.
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
  if (is_over_)
    return std::nullopt;
  // For the client's Close once ours has left (S35); after it for the handler's end.
  if (session_.close_sent() && (!session_.close_received() || closed_is_sent_))
    return wait::close_handshake;
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
      return session_.close_received() ? patience(wait::cancel_grace)
                                       : own.close_deadline.value_or(all.close_deadline);
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
  if (which == wait::stall_probe) {
    if (!socket_.link().is_stalled())
      return;
    session_.ping({});
    push_control();
    if (!is_over_)
      probe_when_stalled();
    return;
  }
  if (which == wait::content) {
    socket_.cancel_handler(cancel_reason::client_deadline);
    start_close(close_code::policy_violation, "the message took too long");
    return end_if_closed();
  }
  if (which == wait::handler) {
    report_failure("it took longer than its deadline");
    socket_.cancel_handler(cancel_reason::handler_deadline);
    start_close(close_code::try_again_later, "handler deadline");
    return end_if_closed();
  }
  // close_handshake: the handler did not end by itself after the client's Close, or the client did
  // not answer ours.
  socket_.cancel_handler(session_.close_received() ? cancel_reason::peer_closed
                                                   : cancel_reason::client_deadline);
  is_over_ = true;
  drop_outgoing();
  end_if_closed();
}

void web_socket_conversation::on_rejected(const caf::error& why) {
  report_failure("it refused a message: " + socket_.shared().system.render(why));
  socket_.cancel_handler(cancel_reason::answered);
  start_close(close_code::internal_error, "the handler failed");
}

void web_socket_conversation::on_handler_down(const caf::error& why, bool was_cancelled) {
  if (!was_cancelled && why) {
    socket_.shared().count.handler_failures.fetch_add(1);
    report_failure(socket_.shared().system.render(why));
    start_close(close_code::internal_error, "the handler failed");
  } else {
    start_close(close_code::normal, {});
  }
  parked_.clear();
  end_if_closed();
}

void web_socket_conversation::on_drain() {
  start_close(close_code::going_away, "the server is stopping");
  socket_.cancel_handler(cancel_reason::draining);
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

#include "sluice/actors/websocket/web_socket_conversation.hpp"

#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/connection/mail.hpp"
#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/websocket/frame.hpp"

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace sluice {

namespace {

/// Messages parsed ahead of a full slot: bounds what many tiny ones cost beyond their octets.
constexpr std::size_t most_parked = 64;

constexpr std::string_view stop_words = "the server is stopping";

websocket::limits limits_of(const endpoint& target, const route_settings& holds) {
  websocket::limits limits;
  limits.message = holds.max_message_size;
  limits.part = target.limits.message_part.value_or(0);
  return limits;
}

} // namespace

web_socket_conversation::web_socket_conversation(
  connection& on, const endpoint& target, const std::optional<websocket::deflate_options>& deflate)
  : on_{on},
    target_{target},
    route_{on.shared().settled.of(&target)},
    session_{limits_of(target, route_.holds), deflate},
    output_{on, session_},
    stream_{on.streams(), *this} {
  on_.shared().count.web_sockets_open.fetch_add(1);
}

web_socket_conversation::~web_socket_conversation() {
  on_.shared().count.web_sockets_open.fetch_sub(1); // perhaps on another thread
}

void web_socket_conversation::start(request&& head) {
  if (function() != nullptr)
    head_ = std::make_unique<request>(std::move(head));
  else
    stream_.start(target_, std::move(head));
}

void web_socket_conversation::take_over(access_entry entry) {
  entry_ = std::move(entry);
  if (entry_.head)
    entry_.head->protocol = "WebSocket";
  entry_.status = code_of(status::switching_protocols);
  entry_.received = 0;
}

// -- reading ----------------------------------------------------------------------

appetite web_socket_conversation::wanted() const {
  // A peer that pings and does not read is not read either (S31).
  if (on_.out().is_flooded())
    return {};
  if (ending_ == ending::ours)
    return {on_.limits().chunk_size};
  if (ending_ != ending::open)
    return {};
  if (!stream_.is_stalled())
    return {parked_.empty() ? for_a_message() : 0};
  const auto look_ahead = on_.limits().look_ahead;
  return {parked_.size() < most_parked && ahead_ < look_ahead ? look_ahead - ahead_ : 0};
}

// What is missing of a large frame is read alone: what came behind it would wait in user space
// while its message is with the handler.
std::size_t web_socket_conversation::for_a_message() const {
  const auto most = on_.limits().chunk_size;
  const auto rest = session_.frame_rest();
  return rest == 0 ? most : static_cast<std::size_t>(std::min<std::uint64_t>(most, rest));
}

void web_socket_conversation::consume() {
  auto& in = on_.in();
  while (const auto most = wanted()) {
    // Behind our own Close data is dropped, not kept.
    const auto is_ahead = stream_.is_stalled() && !session_.close_sent();
    const auto offered = in.peek().first(std::min(most.octets, in.peek().size()));
    const auto step = session_.next(offered);
    in.used(step.consumed);
    on_.clocks().note_content(step.consumed);
    if (is_ahead)
      ahead_ += step.consumed;
    // Where messages are inflated, ahead_ counts what they come to (S8).
    assert(!is_ahead || session_.has_deflate() || ahead_ <= on_.limits().look_ahead);
    if (step.event != websocket::session_event::none)
      on_event(step.event, step.error);
    else if (in.peek().empty() || step.consumed == 0)
      break;
  }
  push_control();
  advance();
}

void web_socket_conversation::on_event(websocket::session_event event,
                                       const std::error_code& error) {
  switch (event) {
    case websocket::session_event::message: return on_message(session_.take_message());
    case websocket::session_event::close:
      ending_ = ending::theirs; // consume goes on from here
      // Also behind our own Close: what came before is still to be handled.
      return restart_close_answer();
    case websocket::session_event::error:
      on_.shared().log.report(severity::information,
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
  on_.clocks().renew_content();
  entry_.received += next.content.size();
  route_.seen.content_received.add(next.content.size());
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
  if (function() == nullptr)
    return stream_.can_deliver();
  return output_.empty() && on_.out().unsent() <= on_.limits().low_water;
}

void web_socket_conversation::take(message&& said) {
  if (function() != nullptr)
    return call_function(said);
  stream_.deliver(std::move(said));
  probe_when_stalled();
}

void web_socket_conversation::call_function(const message& said) {
  std::optional<message> answer;
  stream_.tell_observer([&](handler_observer& told, caf::actor_id id) {
    told.on_called(id, said.content.text(), stream::kind_of(said));
  });
  try {
    const code_run now{on_.shared().loop, target_.route};
    answer = (*function())(*head_, said);
  } catch (const std::exception& failure) { // refused memory is one like any other
    return fail_function(failure.what());
  } catch (...) {
    return fail_function("it threw something that is no std::exception");
  }
  if (!answer || session_.close_sent())
    return;
  const auto size = answer->size();
  if (const auto refused = output_.queue(*answer, {}))
    return fail_function(to_string(*refused));
  route_.seen.content_sent.add(size);
  output_.write_waiting();
}

void web_socket_conversation::fail_function(std::string_view what) {
  on_.shared().count.handler_failures.fetch_add(1);
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

void web_socket_conversation::on_acknowledged() {
  on_.clocks().note_progress(wait::handler);
  on_.clocks().stop(wait::stall_probe);
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
  on_.fail(cancel_reason::peer_closed);
}

bool web_socket_conversation::is_truncated() {
  // A client whose side is shut down can't complete the closing handshake that ends a WebSocket,
  // unless its Close is among what we have not read. With one that broke the protocol there is
  // none.
  return ending_ != ending::failing && !session_.would_close(on_.in().look_ahead());
}

void web_socket_conversation::probe_when_stalled() {
  on_.clocks().start(wait::stall_probe, on_.shared().loop.now(), terms_of(wait::stall_probe).time);
}

// -- what the handler says ----------------------------------------------------------------

void web_socket_conversation::on_handler_message(const mail& said, const asker& from) {
  if (!session_.close_received()) // from then on only what it acknowledges is progress
    on_.clocks().note_progress(wait::handler);
  switch (said.kind) {
    case mail_kind::send_message: return on_send(said.take<send_message>().content, from);
    case mail_kind::send_close: return on_close(said.read<send_close>(), from);
    case mail_kind::read_content: return;
    case mail_kind::respond:
    case mail_kind::begin_response:
    case mail_kind::response_content:
    case mail_kind::end_response: return stream_.answer(from, make_error(refusal::wrong_protocol));
    case mail_kind::response:
    case mail_kind::down:
    case mail_kind::exit:
    case mail_kind::expect_stop:
    case mail_kind::unknown: break;
  }
  stream_.answer(from, caf::make_error(caf::sec::unexpected_message));
}

void web_socket_conversation::on_close(const send_close& wish, const asker& from) {
  if (!websocket::is_sendable(static_cast<std::uint16_t>(wish.code)))
    return stream_.answer(from, make_error(refusal::malformed));
  if (session_.close_sent() && !on_.out().admits(0))
    return stream_.answer(from, make_error(refusal::output_full));
  start_close(wish.code, wish.reason);
  on_.out().answer_when_sent(from);
}

void web_socket_conversation::on_send(message& content, const asker& from) {
  if (session_.close_sent()) {
    // Behind the client's Close a send does nothing, as after a cancellation; behind our own it is
    // an error.
    if (session_.close_received())
      return stream_.answer(from);
    return stream_.answer(from, make_error(refusal::close_sent));
  }
  const auto size = content.size();
  if (const auto refused = output_.queue(content, from))
    return stream_.answer(from, make_error(*refused));
  route_.seen.content_sent.add(size);
}

void web_socket_conversation::fill_output() {
  output_.write_waiting();
  if (function() != nullptr)
    take_parked();
}

void web_socket_conversation::push_control() {
  if (output_.push_control())
    return;
  ending_ = ending::over;
  on_.fail(cancel_reason::write_deadline);
}

// -- clocks and ends --------------------------------------------------------------------

std::optional<wait> web_socket_conversation::awaited() const {
  switch (ending_) {
    case ending::ours: return wait::close_handshake; // it runs once ours has left (S35)
    case ending::told: // for the handler's end another clock runs, whatever waits to leave
    case ending::over: return std::nullopt;
    default: break;
  }
  if (stream_.is_stalled())
    return wait::handler;
  // In the middle of a message octets are wanted; between two a WebSocket may be silent for as long
  // as both like it.
  if (session_.is_in_message() && wanted())
    return wait::content;
  return std::nullopt;
}

terms web_socket_conversation::terms_of(wait which) const {
  return sluice::terms_of(route_, which);
}

void web_socket_conversation::on_deadline(wait which) {
  switch (which) {
    case wait::stall_probe: return probe();
    case wait::content:
      stream_.cancel(cancel_reason::client_deadline);
      start_close(close_code::policy_violation, "the message took too long");
      break;
    case wait::handler:
      report_failure("it took longer than its deadline");
      stream_.cancel(cancel_reason::handler_deadline);
      start_close(close_code::try_again_later, "handler deadline");
      break;
    case wait::close_answer: return on_answers_overdue();
    default: // the client did not answer our Close
      stream_.cancel(cancel_reason::client_deadline);
      return end();
  }
  advance();
}

void web_socket_conversation::probe() {
  if (!stream_.is_stalled() || ending_ != ending::open)
    return;
  session_.ping({});
  push_control();
  if (ending_ == ending::open)
    probe_when_stalled();
}

void web_socket_conversation::on_rejected(const caf::error& why) {
  on_.clocks().note_progress(wait::handler);
  report_failure("it refused a message: " + on_.shared().system.render(why));
  stream_.cancel(cancel_reason::answered);
  start_close(close_code::internal_error, "the handler failed");
  advance();
}

void web_socket_conversation::on_handler_down(const caf::error& why, bool was_cancelled) {
  if (!was_cancelled && why) {
    on_.shared().count.handler_failures.fetch_add(1);
    report_failure(on_.shared().system.render(why));
    start_close(close_code::internal_error, "the handler failed");
  } else if (owes_close()) {
    pay_close();
  } else if (on_.is_draining()) {
    start_close(close_code::going_away, stop_words);
  } else {
    start_close(close_code::normal, {});
  }
  parked_.clear();
  advance();
}

void web_socket_conversation::describe(stall& into) const {
  into.protocol = "WebSocket";
  into.method = to_string(method::get);
  for (const auto& each : parked_)
    into.parked += each.size();
  stream_.describe(into);
}

void web_socket_conversation::on_drain() {
  if (stream_.expects_stop())
    return; // it was told, and says what it has to say; its end closes
  start_close(close_code::going_away, stop_words);
  stream_.cancel(cancel_reason::draining);
  advance();
}

void web_socket_conversation::on_gone(cancel_reason reason) {
  output_.drop(); // every waiter is released (S49)
  if (entry_.status == 0)
    return;
  log_access(on_.out().sent_total(), to_string(reason));
  entry_.status = 0; // written
}

void web_socket_conversation::log_access(std::uint64_t sent, std::string_view outcome) const {
  const auto& context = on_.shared();
  if (context.log.wants_access())
    entry_.write(context.log, on_.peer(), sent, context.loop.exact_time(), outcome);
}

void web_socket_conversation::report_failure(std::string_view what) const {
  entry_.report_failure(on_.shared().log, what);
  stream_.tell_observer(
    [&](handler_observer& told, caf::actor_id id) { told.on_failed(id, what); });
}

// -- the end ------------------------------------------------------------------------------

bool web_socket_conversation::owes_close() const noexcept {
  return (session_.close_received() || ending_ == ending::failing) && !session_.close_sent();
}

// Anew with each message that is handled, and whatever waits to leave: what a handler sends without
// end must not keep the client waiting for its Close.
void web_socket_conversation::expect_answers() {
  if (owes_close())
    restart_close_answer();
}

void web_socket_conversation::restart_close_answer() {
  on_.clocks().start(wait::close_answer, on_.shared().loop.now(),
                     terms_of(wait::close_answer).time);
}

// Our own Close, unless there was one. A client that broke the protocol hears of that.
void web_socket_conversation::start_close(close_code code, std::string_view reason) {
  if (session_.close_sent())
    return;
  parked_.clear();
  if (ending_ == ending::failing)
    return pay_close();
  output_.flush();
  session_.close(code, reason);
  push_control();
  if (ending_ == ending::open)
    ending_ = ending::ours;
}

// The Close that is owed, for the client's or for what it broke.
void web_socket_conversation::pay_close() {
  if (session_.close_sent())
    return;
  output_.flush();
  session_.close_as_owed();
  push_control();
}

// Called whenever something has come, was handled or has ended.
void web_socket_conversation::advance() {
  const auto is_handled = parked_.empty() && !stream_.is_stalled();
  // A handler ends by itself after the client's Close; whatever else ends a WebSocket cancels it.
  const auto has_handler = stream_.has_handler() && !stream_.is_cancelled();
  if (ending_ == ending::theirs && is_handled) {
    ending_ = ending::told; // once everything before it is acknowledged (S38)
    stream_.notify(closed{session_.received_code(), std::string{session_.received_reason()}});
    stream_.tell_observer(
      [](handler_observer& told, caf::actor_id id) { told.on_content_end(id); });
    restart_close_answer();
  }
  if (ending_ == ending::failing && (is_handled || !has_handler || !owes_close()))
    return fail();
  if (!has_handler && (ending_ == ending::theirs || ending_ == ending::told))
    return end();
}

void web_socket_conversation::on_answers_overdue() {
  if (ending_ == ending::failing)
    return fail();
  // What is left of the messages is delivered, its answers are not.
  if (ending_ == ending::theirs && owes_close())
    return pay_close();
  stream_.cancel(cancel_reason::peer_closed);
  end();
}

void web_socket_conversation::fail() {
  stream_.cancel(broken_);
  end();
}

// What is queued leaves, then TCP ends (S35).
void web_socket_conversation::end() {
  if (ending_ == ending::over)
    return;
  if (owes_close())
    pay_close();
  ending_ = ending::over;
  parked_.clear();
  on_.clocks().stop(wait::close_answer);
  log_access(on_.out().queued_total(), "complete");
  entry_.status = 0; // written
  on_.finish();
}

} // namespace sluice

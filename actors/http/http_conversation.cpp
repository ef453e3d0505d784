#include "sluice/actors/http/http_conversation.hpp"

#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/counters.hpp"
#include "sluice/actors/messages/journal.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/errc.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

http_conversation::http_conversation(socket_actor& socket)
  : socket_{socket}, parser_{socket.limits().request} {}

// -- reading ----------------------------------------------------------------------

std::size_t http_conversation::appetite() const {
  if (is_over_ || successor_ || socket_.is_flooded())
    return 0;
  const auto most = socket_.limits().chunk_size;
  switch (request_) {
    case request_phase::head:
      // The next response is to find room in the output.
      return socket_.output().unsent() > socket_.limits().low_water ? 0 : most;
    case request_phase::complete: return 0;
    case request_phase::content: break;
  }
  if (response_ == response_phase::complete)
    return most; // discarding
  return is_demanded_ && socket_.link().can_deliver() ? most : 0;
}

// Memory for a chunk is asked for where one is wanted, and all of the read may become it.
std::span<std::byte> http_conversation::landing(std::size_t most) {
  if (request_ != request_phase::content || response_ == response_phase::complete)
    return {};
  if (content_length_)
    most = static_cast<std::size_t>(std::min<std::uint64_t>(most, *content_length_ - received_));
  if (most == 0)
    return {};
  landing_ = std::make_shared_for_overwrite<std::byte[]>(most);
  landing_size_ = most;
  return {landing_.get(), most};
}

std::size_t http_conversation::consume(octet_view input) {
  std::size_t used = 0;
  // A head needs octets; what is behind it may end without another one.
  while ((used < input.size() || request_ != request_phase::head) && appetite() > 0) {
    input_left_ = input.size() - used;
    const auto step = parser_.next(input.subspan(used));
    used += step.consumed;
    input_rest_ = input.size() - used;
    switch (step.event) {
      case http::request_event::none: return used;
      case http::request_event::head: on_head(); break;
      case http::request_event::content: on_content(step.content); break;
      case http::request_event::end:
        trailers_ = parser_.take_trailers();
        request_ = request_phase::complete;
        socket_.judge_truncation_anew();
        if (response_ == response_phase::complete)
          start_next();
        break;
      case http::request_event::error:
        if (request_ == request_phase::head)
          begin_incomplete();
        refuse_content(static_cast<status>(suggested_status(step.error)),
                       cancel_reason::protocol_error);
        return used;
    }
  }
  return used;
}

void http_conversation::on_head() {
  is_new_ = false;
  socket_.note_progress(wait::header);
  socket_.renew_content_credit();
  socket_.judge_truncation_anew();
  auto head = parser_.take_head();
  head.peer = socket_.peer();
  socket_.shared().count.requests.fetch_add(1, std::memory_order_relaxed);
  entry_.begin(head, socket_.output().queued_total(), time_for_log());
  facts_ = {head.method, head.version};
  is_persistent_ = parser_.is_persistent();
  content_length_ = head.chunked ? std::nullopt : std::optional{head.content_length.value_or(0)};
  request_ = request_phase::content;
  if (!head.has_content()) {
    parser_.end_without_content();
    request_ = request_phase::complete;
  }
  if (head.method == method::connect)
    return send_last(status::not_implemented, "CONNECT is not offered here.");
  if (const auto expected = expectation_of(head); expected != expectation::none) {
    needs_continue_ = head.has_content();
    if (expected == expectation::unknown)
      return send_own(status::expectation_failed, "Only 100-continue can be expected here.");
  }
  route(head);
}

void http_conversation::on_content(octet_view piece) {
  received_ += piece.size();
  entry_.received = received_;
  socket_.note_content(piece.size());
  if (response_ == response_phase::complete)
    return;
  if (const auto limit = target_->limits.content; limit && received_ > *limit)
    return refuse_content(status::content_too_large, cancel_reason::limit_exceeded,
                          content_is_too_large);
  if (landing_ && !has_pending() && 2 * piece.size() >= landing_size_) {
    piece_ = octets{std::shared_ptr<const std::byte[]>{landing_, piece.data()}, piece.size()};
    return;
  }
  if (!piece_.empty())
    gather(std::exchange(piece_, {}).view(), input_left_);
  gather(piece, input_left_ - piece.size());
}

// One chunk holds all content of one read. `more`: octets of the read that may follow.
void http_conversation::gather(octet_view piece, std::size_t more) {
  if (!pending_)
    pending_ = std::make_shared_for_overwrite<std::byte[]>(piece.size() + more);
  std::memcpy(pending_.get() + pending_size_, piece.data(), piece.size());
  pending_size_ += piece.size();
}

void http_conversation::drop_pending() noexcept {
  if (piece_.empty() && !pending_)
    return;
  piece_ = {};
  pending_ = nullptr;
  pending_size_ = 0;
}

void http_conversation::after_input() {
  landing_ = nullptr;
  input_rest_ = 0;
  deliver_pending();
  end_content_if_due();
}

void http_conversation::deliver_pending() {
  if (!has_pending() || !socket_.link().can_deliver())
    return;
  if (!piece_.empty())
    return socket_.link().deliver(chunk{std::exchange(piece_, {})});
  socket_.link().deliver(
    chunk{octets{std::exchange(pending_, nullptr), std::exchange(pending_size_, 0)}});
}

void http_conversation::end_content_if_due() {
  if (request_ != request_phase::complete || !is_demanded_ || end_is_sent_ || has_pending()
      || socket_.link().is_stalled())
    return;
  end_is_sent_ = true;
  socket_.link().notify(end_of_content{std::move(trailers_)});
}

void http_conversation::on_demand() {
  if (std::exchange(is_demanded_, true))
    return;
  // Never after a final status, and not when content already comes (S16).
  if (std::exchange(needs_continue_, false) && response_ == response_phase::none && input_rest_ == 0
      && !socket_.has_unread())
    socket_.write(std::string{http::continue_response()});
  end_content_if_due();
}

void http_conversation::on_acknowledged() {
  end_content_if_due();
}

void http_conversation::on_slot_given_back() {
  if (response_ == response_phase::complete && request_ == request_phase::complete && !is_over_
      && !successor_)
    start_next();
}

void http_conversation::on_rejected(const caf::error& why) {
  report_failure("it refused content: " + socket_.shared().system.render(why));
  refuse_content(status::internal_server_error, cancel_reason::answered);
}

// Ends a request that can't go on: an answer if none has begun, else truncation.
void http_conversation::refuse_content(status code, cancel_reason reason,
                                       std::string_view explanation) {
  socket_.cancel_handler(reason);
  if (response_ == response_phase::begun)
    return socket_.fail(reason);
  if (response_ == response_phase::none)
    return send_last(code, explanation);
  // The answer is given; what follows can't be understood.
  is_over_ = true;
  socket_.finish();
}

void http_conversation::on_end_of_stream() {
  landing_ = nullptr;
  if (request_ == request_phase::content && response_ != response_phase::complete)
    return on_truncated();
  if (request_ == request_phase::head && parser_.is_in_message()) {
    begin_incomplete();
    return send_last(status::bad_request, "The request ended before its head was complete.");
  }
  // An answer may still be on its way: the client may have shut down its side only (S41).
  is_over_ = true;
  socket_.finish();
}

bool http_conversation::is_truncated(octet_view kept) {
  if (request_ == request_phase::complete)
    return socket_.is_peer_gone()
           || own_limits().on_half_close.value_or(socket_.limits().on_half_close)
                == half_close::cancel;
  if (request_ != request_phase::content)
    return false;
  if (content_length_)
    return received_ + kept.size() + socket_.readable() < *content_length_;
  return !can_complete(kept);
}

void http_conversation::on_truncated() {
  // A whole request and a client that is taken for gone; or an answer that must not look whole.
  if (request_ == request_phase::complete || response_ == response_phase::begun)
    return socket_.fail(cancel_reason::peer_closed);
  // The answers to requests before this one are still to arrive: a reset could destroy them (S41).
  socket_.cancel_handler(cancel_reason::peer_closed);
  is_over_ = true;
  socket_.finish();
}

// Whether the end of chunked content is at hand. Looks about as far as that: who looked at all that
// waits would go through a pipeline anew from each of its requests.
bool http_conversation::can_complete(octet_view kept) const {
  constexpr std::size_t first_look = 4096;
  if (parser_.would_complete(kept))
    return true;
  const auto in_kernel = socket_.readable();
  for (std::size_t seen = 0; seen < in_kernel;) {
    seen = std::min(std::max(2 * seen, first_look), in_kernel);
    auto rest = std::vector<std::byte>{kept.begin(), kept.end()};
    const auto ahead = socket_.peek(seen);
    rest.insert(rest.end(), ahead.begin(), ahead.end());
    if (parser_.would_complete(rest))
      return true;
  }
  return false;
}

void http_conversation::start_next() {
  if (socket_.link().is_attached())
    return; // cancelled, e.g. for HEAD: its end starts the next request
  if (socket_.link().is_held_by_former() || socket_.link().has_many_former())
    return; // one data message at a time, also across requests (S1): on_slot_given_back goes on
  if (socket_.is_draining()) {
    is_over_ = true;
    return socket_.finish();
  }
  parser_.restart();
  socket_.clocks().stop(wait::stall_probe);
  socket_.clocks().stop(wait::linger);
  facts_ = {};
  request_ = request_phase::head;
  response_ = response_phase::none;
  socket_.note_progress(wait::keep_alive);
  socket_.judge_truncation_anew();
  target_ = nullptr;
  needs_continue_ = may_probe_ = is_demanded_ = end_is_sent_ = false;
  content_length_.reset();
  received_ = 0;
  trailers_.clear();
  drop_pending();
}

// -- clocks and ends ---------------------------------------------------------------

// For a request that is refused before its head is complete. What is known of it is its method,
// which decides whether the refusal has content.
void http_conversation::begin_incomplete() {
  facts_.method = parser_.method_in_line();
  entry_ = {};
  entry_.sent_before = socket_.output().queued_total();
  entry_.began = time_for_log();
}

// A log wants to know how long things took; without one no clock is asked.
time_point http_conversation::time_for_log() const {
  const auto& context = socket_.shared();
  return context.log.wants_access() ? context.loop.exact_time() : context.loop.now();
}

std::optional<wait> http_conversation::awaited() const {
  if (is_over_)
    return std::nullopt;
  if (request_ == request_phase::head)
    return parser_.is_in_message() ? wait::header : wait::keep_alive;
  if (request_ == request_phase::content && appetite() > 0)
    return wait::content;
  return wait::handler;
}

const route_limits& http_conversation::limits_of(const endpoint* target) noexcept {
  static const route_limits none;
  return target != nullptr ? target->limits : none;
}

duration http_conversation::patience(wait which) const {
  const auto& all = socket_.limits();
  const auto& own = own_limits();
  switch (which) {
    case wait::header: return all.header_deadline;
    case wait::content: return own.content_deadline.value_or(all.content_deadline);
    case wait::keep_alive: return all.keep_alive;
    case wait::handler: return own.handler_deadline.value_or(all.handler_deadline);
    case wait::write: return limits_of(answers_for_).write_deadline.value_or(all.write_deadline);
    case wait::cancel_grace: return own.cancel_grace.value_or(all.cancel_grace);
    case wait::stall_probe: return own.stall_probe.value_or(all.stall_probe);
    default: return duration::zero();
  }
}

std::uint64_t http_conversation::rate(wait which) const {
  const auto& all = socket_.limits();
  return which == wait::write ? limits_of(answers_for_).write_rate.value_or(all.write_rate)
                              : own_limits().content_rate.value_or(all.content_rate);
}

// A client whose FIN hides behind a full window is found by an answer that it does not want. Clients
// differ on what they make of it, and so do proxies, which pass a User-Agent on (S42). Those that
// can't relay an interim response keep an expectation to themselves.
bool http_conversation::may_probe(const request& head) const {
  if (facts_.version != http_version::v1_1 || request_ != request_phase::content)
    return false;
  switch (own_limits().probe_http.value_or(socket_.limits().probe_http)) {
    case http_probe::never: return false;
    case http_probe::always: return true;
    case http_probe::known: break;
  }
  if (!needs_continue_)
    return false;
  const auto agent = head.fields.find("User-Agent");
  return agent && agent->starts_with("curl/");
}

void http_conversation::start_probe() {
  if (may_probe_)
    socket_.clocks().start(wait::stall_probe, socket_.shared().loop.now(),
                           patience(wait::stall_probe));
}

// Only where content is to come and is not wanted: elsewhere no end can hide.
void http_conversation::send_probe() {
  if (!may_probe_ || request_ != request_phase::content || response_ != response_phase::none)
    return;
  // Not before the client had its 100: it may take any interim response for the leave to send.
  if (appetite() == 0 && !needs_continue_)
    socket_.write("HTTP/1.1 102 Processing\r\n\r\n");
  start_probe();
}

void http_conversation::on_deadline(wait which) {
  if (which == wait::keep_alive)
    return socket_.close_now(cancel_reason::client_deadline);
  if (which == wait::header) {
    begin_incomplete();
    return send_last(status::request_timeout, "The head of the request took too long.");
  }
  if (which == wait::stall_probe)
    return send_probe();
  if (which == wait::content)
    return refuse_content(status::request_timeout, cancel_reason::client_deadline);
  report_failure("it took longer than its deadline");
  refuse_content(status::service_unavailable, cancel_reason::handler_deadline);
}

void http_conversation::on_drain() {
  // A request that is on its way is served; persistence_wish closes after it. A client that is gone
  // unseen would be waited for.
  if (request_ == request_phase::content)
    return send_probe();
  if (request_ != request_phase::head || parser_.is_in_message() || socket_.has_unread())
    return;
  // A first request may be on its way from a client that has just connected: a reset would meet it.
  if (socket_.output().empty() && !is_new_)
    return socket_.close_now(cancel_reason::draining);
  is_over_ = true;
  socket_.finish();
}

void http_conversation::on_handler_down(const caf::error& why, bool was_cancelled) {
  if (response_ == response_phase::complete && request_ == request_phase::complete && !is_over_)
    return start_next();
  if (response_ == response_phase::complete || was_cancelled)
    return;
  socket_.shared().count.handler_failures.fetch_add(1);
  report_failure(why ? socket_.shared().system.render(why)
                     : "it ended without completing its response");
  if (response_ == response_phase::begun)
    return socket_.fail(cancel_reason::answered);
  send_own(status::internal_server_error, "The handler failed.");
}

void http_conversation::on_gone(cancel_reason reason) {
  if (request_ == request_phase::head || response_ == response_phase::complete || successor_)
    return;
  entry_.write(socket_.shared().log, socket_.peer(), socket_.output().sent_total(), time_for_log(),
               to_string(reason));
}

void http_conversation::report_failure(std::string_view what) const {
  std::string text = "the handler of ";
  text.append(target_ != nullptr ? target_->route : entry_.target).append(" failed: ").append(what);
  socket_.shared().log.report(severity::error, text);
}

} // namespace sluice

#include "sluice/actors/http/http_exchange.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/mail.hpp"
#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/http/response_sink.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice {

namespace {

constexpr std::string_view content_is_too_large = "The content is larger than this route allows.";

/// A 1xx is no answer: the client would wait on. So is content that its status forbids.
bool is_answer(status code, bool has_content = false) {
  return code_of(code) >= 200 && !(has_content && forbids_content(code));
}

refusal refusal_for(const std::error_code& error) {
  return error == std::errc::no_buffer_space ? refusal::output_full : refusal::malformed;
}

} // namespace

// -- the request ------------------------------------------------------------------------

void http_exchange::begin(request&& head) {
  context_.count.requests.add();
  head.number = ++context_.last_request;
  entry_.number = head.number;
  if (head.is_peer_trusted)
    entry_.take_names(head);
  stream_.tell_observer([&](handler_observer& told, caf::actor_id id) {
    told.on_request(id, head, websocket::asks_for_websocket(head));
  });
  if (context_.log.wants_access())
    entry_.begin(head, sink_.octets_queued(), context_.loop.exact_time());
  facts_ = {head.method, head.version};
  content_length_ = head.chunked ? std::nullopt : std::optional{head.content_length.value_or(0)};
  request_ = head.has_content() ? request_phase::content : request_phase::complete;
  if (head.method == method::connect)
    return refuse_rest(status::not_implemented, "CONNECT is not offered here.");
  if (const auto expected = expectation_of(head); expected != expectation::none) {
    needs_continue_ = head.has_content();
    if (expected == expectation::unknown)
      return answer(
        problem_response(status::expectation_failed, "Only 100-continue can be expected here."));
  }
  find_route(std::move(head));
}

void http_exchange::begin_incomplete(method which) {
  facts_.method = which;
  entry_.number = ++context_.last_request;
  if (!context_.log.wants_access())
    return;
  entry_.begin_incomplete(sink_.octets_queued(), context_.loop.exact_time());
}

void http_exchange::find_route(request&& head) {
  reply said;
  const auto found = choose_endpoint(context_.loop, context_.routes, head, said);
  entry_.matched = found.matched;
  target_ = found.target;
  route_ = &context_.settled.of(found.matched);
  if (target_ == nullptr) {
    if (found.matched == nullptr)
      entry_.keep_target(head);
    return answer_with(std::move(said));
  }
  if (target_->speaks == endpoint::protocol::web_socket)
    return sink_.upgrade(*target_, head);
  if (const auto limit = target_->limits.content; limit && content_length_.value_or(0) > *limit)
    return answer(problem_response(status::content_too_large, std::string{content_is_too_large}));
  if (const auto* function = std::get_if<function_handler>(&target_->handler)) {
    call(context_.loop, *target_, *function, head, said);
    return answer_with(std::move(said));
  }
  may_probe_ = may_probe(head);
  try {
    stream_.start(*target_, std::move(head));
  } catch (const std::system_error& failure) {
    return refuse_for_want_of_threads(failure);
  }
  start_probe();
  if (const auto* behavior = std::get_if<behavior_handler>(&target_->handler))
    if (behavior->demands_at_start)
      on_demand();
}

void http_exchange::answer_with(reply&& said) {
  if (!said.whole)
    report_failure(said.failure);
  else if (send_whole(*std::move(said.whole)))
    report_failure("its response can't be sent");
  else
    return;
  answer(problem_response(status::internal_server_error, "The handler failed."));
}

void http_exchange::refuse_for_want_of_threads(const std::system_error& failure) {
  report_failure(std::string{"there is no thread for it: "} + failure.what());
  auto whole = problem_response(status::service_unavailable,
                                "The server has no thread left for this.");
  whole.fields.add("Retry-After", "1");
  answer(std::move(whole));
}

access_entry http_exchange::hand_over() {
  route_->seen.count(facts_.method, status::switching_protocols);
  response_ = response_phase::complete;
  return std::move(entry_);
}

appetite http_exchange::wanted() const {
  if (request_ != request_phase::content)
    return {};
  const auto most = context_.limits.chunk_size;
  if (is_answered())
    return {most}; // to be discarded
  if (!is_demanded_ || !stream_.can_deliver())
    return {};
  const auto left = content_left().value_or(most);
  return left == 0 ? appetite{most}
                   : appetite{static_cast<std::size_t>(std::min<std::uint64_t>(most, left)), true};
}

void http_exchange::on_content(octet_view piece, const intake& from) {
  received_ += piece.size();
  entry_.received = received_;
  route_->seen.content_received.add(piece.size());
  clocks_.note_content(piece.size());
  if (is_answered())
    return;
  if (const auto limit = target_->limits.content; limit && received_ > *limit)
    return refuse(status::content_too_large, cancel_reason::limit_exceeded, content_is_too_large);
  chunk_.add(piece, from);
}

void http_exchange::on_end(fields trailers) {
  trailers_ = std::move(trailers);
  request_ = request_phase::complete;
}

void http_exchange::deliver() {
  if (!chunk_.empty() && stream_.can_deliver())
    stream_.deliver(chunk{chunk_.take()});
  end_content_if_due();
}

void http_exchange::end_content_if_due() {
  if (!is_complete() || !is_demanded_ || end_is_sent_ || !chunk_.empty() || stream_.is_stalled())
    return;
  end_is_sent_ = true;
  stream_.notify(end_of_content{std::move(trailers_)});
  stream_.tell_observer([](handler_observer& told, caf::actor_id id) { told.on_content_end(id); });
}

void http_exchange::on_demand() {
  if (std::exchange(is_demanded_, true))
    return;
  // Never after a final status, and not when content already comes (S16).
  if (std::exchange(needs_continue_, false) && response_ == response_phase::none
      && !sink_.has_unread())
    sink_.send_interim(interim::continue_);
  end_content_if_due();
}

void http_exchange::refuse(status code, cancel_reason reason, std::string_view explanation) {
  stream_.cancel(reason);
  switch (response_) {
    case response_phase::none: return refuse_rest(code, explanation);
    case response_phase::begun: return sink_.give_up(reason);
    case response_phase::complete: return sink_.end_request(); // what follows can't be understood
  }
}

void http_exchange::refuse_rest(status code, std::string_view explanation) {
  sink_.refuse_rest();
  answer(problem_response(code, std::string{explanation}));
}

void http_exchange::on_truncated() {
  // A whole request and a client that is taken for gone; or an answer that must not look whole.
  if (is_complete() || response_ == response_phase::begun)
    return sink_.give_up(cancel_reason::peer_closed);
  // The answers to requests before this one are still to arrive: a reset could destroy them (S41).
  stream_.cancel(cancel_reason::peer_closed);
  sink_.end_request();
}

std::optional<std::uint64_t> http_exchange::content_left() const noexcept {
  if (is_complete())
    return 0;
  if (request_ == request_phase::content && content_length_)
    return *content_length_ - received_;
  return std::nullopt;
}

// -- the handler ------------------------------------------------------------------------

void http_exchange::on_handler_message(const mail& said, const asker& from) {
  clocks_.note_progress(wait::handler);
  switch (said.kind) {
    case mail_kind::read_content: return on_demand();
    case mail_kind::respond: return on_respond(std::move(said.take<struct respond>().whole), from);
    case mail_kind::begin_response: return on_begin(said, from);
    case mail_kind::response_content:
      return on_piece(std::move(said.take<response_content>().content), from);
    case mail_kind::end_response:
      return on_end_of_response(said.read<end_response>().trailers, from);
    case mail_kind::send_message:
    case mail_kind::send_close: return stream_.answer(from, make_error(refusal::wrong_protocol));
    case mail_kind::response:
    case mail_kind::down:
    case mail_kind::exit:
    case mail_kind::expect_stop:
    case mail_kind::unknown: break;
  }
  stream_.answer(from, caf::make_error(caf::sec::unexpected_message));
}

void http_exchange::on_respond(response&& whole, const asker& from) {
  if (response_ != response_phase::none)
    return stream_.answer(from, make_error(refusal::already_answered));
  if (const auto error = send_whole(std::move(whole)))
    return stream_.answer(from, make_error(refusal_for(error)));
  sink_.answer_when_sent(from);
}

void http_exchange::on_begin(const mail& said, const asker& from) {
  const auto& head = said.read<begin_response>();
  if (response_ != response_phase::none)
    return stream_.answer(from, make_error(refusal::already_answered));
  if (!is_answer(head.status))
    return stream_.answer(from, make_error(refusal::malformed));
  if (const auto error = sink_.send_head(head.status, head.fields, head.length))
    return stream_.answer(from, make_error(refusal_for(error)));
  begin_response_phase(head.status);
  if (sink_.takes_content()) {
    if (head.is_feed)
      begin_feed(head.heartbeat);
    // Answered first: what the handler sends next leaves with the head (S51).
    stream_.answer(from);
    return sink_.hold();
  }
  sink_.answer_when_sent(from);
  // Nothing may follow this head: the producer is not to run (S24).
  [[maybe_unused]] const auto error = sink_.send_end({});
  stream_.cancel(cancel_reason::answered);
  complete_response();
}

void http_exchange::on_piece(octets&& content, const asker& from) {
  if (response_ != response_phase::begun)
    return stream_.answer(
      from, make_error(is_answered() ? refusal::already_answered : refusal::not_begun));
  const auto size = content.size();
  if (const auto error = sink_.send_content(std::move(content)))
    return stream_.answer(from, make_error(error == std::errc::no_buffer_space
                                             ? refusal::output_full
                                             : refusal::length_mismatch));
  route_->seen.content_sent.add(size);
  restart_heartbeat();
  sink_.answer_when_sent(from);
}

void http_exchange::on_end_of_response(const fields& trailers, const asker& from) {
  if (response_ != response_phase::begun)
    return stream_.answer(
      from, make_error(is_answered() ? refusal::already_answered : refusal::not_begun));
  const auto error = sink_.send_end(trailers);
  if (error == errc::content_too_short) {
    // The client must not take it for complete (S25).
    stream_.answer(from, make_error(refusal::length_mismatch));
    report_failure("its response is shorter than declared");
    return sink_.give_up(cancel_reason::answered);
  }
  if (error)
    return stream_.answer(from, make_error(refusal_for(error)));
  sink_.answer_when_sent(from);
  complete_response();
}

void http_exchange::on_acknowledged() {
  clocks_.note_progress(wait::handler);
  end_content_if_due();
}

void http_exchange::on_rejected(const caf::error& why) {
  clocks_.note_progress(wait::handler);
  report_failure("it refused content: " + context_.system.render(why));
  refuse(status::internal_server_error, cancel_reason::answered);
}

void http_exchange::on_handler_down(const caf::error& why, bool was_cancelled) {
  if (is_answered() || was_cancelled)
    return;
  context_.count.handler_failures.fetch_add(1);
  report_failure(why ? context_.system.render(why) : "it ended without completing its response");
  if (response_ == response_phase::begun)
    return sink_.give_up(cancel_reason::answered);
  answer(problem_response(status::internal_server_error, "The handler failed."));
}

// -- the response -----------------------------------------------------------------------

// The head of what can't be sent is not sent either: nothing is sent on error.
std::error_code http_exchange::send_whole(response&& whole) {
  const auto code = whole.status;
  if (code_of(code) >= code_of(status::bad_request))
    add_to_problem(whole, "request_id", entry_.trace().request_id);
  const auto size = whole.content.size();
  if (!is_answer(code, size != 0))
    return make_error_code(errc::malformed_response);
  if (const auto error = sink_.send_whole(std::move(whole)))
    return error;
  route_->seen.content_sent.add(facts_.method == method::head ? 0 : size);
  begin_response_phase(code);
  complete_response();
  return {};
}

void http_exchange::answer(response&& whole) {
  if (send_whole(std::move(whole)))
    sink_.give_up(cancel_reason::answered); // not even this fits the output
}

void http_exchange::begin_response_phase(status code) {
  needs_continue_ = false;
  response_ = response_phase::begun;
  entry_.status = code_of(code);
  route_->seen.count(facts_.method, code);
}

void http_exchange::complete_response() {
  response_ = response_phase::complete;
  if (is_feed_)
    clocks_.stop(wait::heartbeat);
  chunk_.clear();
  log_access(sink_.octets_queued(), "complete");
  if (!stream_.is_cancelled())
    stream_.detach();
  sink_.on_complete();
}

void http_exchange::describe(stall& into) const {
  into.method = to_string(facts_.method);
  into.parked = chunk_.size();
  stream_.describe(into);
}

// -- clocks and ends --------------------------------------------------------------------

void http_exchange::on_deadline(wait which) {
  if (which == wait::stall_probe)
    return send_probe();
  if (which == wait::heartbeat)
    return send_heartbeat();
  if (which == wait::content)
    return refuse(status::request_timeout, cancel_reason::client_deadline);
  report_failure("it took longer than its deadline");
  refuse(status::service_unavailable, cancel_reason::handler_deadline);
}

// A client whose FIN hides behind a full window is found by an answer that it does not want.
// Clients differ on what they make of it, and so do proxies, which pass a User-Agent on (S42).
// Those that can't relay an interim response keep an expectation to themselves.
bool http_exchange::may_probe(const request& head) const {
  if (facts_.version != http_version::v1_1 || request_ != request_phase::content)
    return false;
  switch (holds().probe_http) {
    case http_probe::never: return false;
    case http_probe::always: return true;
    case http_probe::known: break;
  }
  if (!needs_continue_)
    return false;
  const auto agent = head.fields.find("User-Agent");
  return agent && agent->starts_with("curl/");
}

void http_exchange::start_probe() {
  if (may_probe_)
    clocks_.start(wait::stall_probe, context_.loop.now(), holds().stall_probe);
}

// Only where content is to come and is not wanted: elsewhere no end can hide.
void http_exchange::send_probe() {
  if (!may_probe_ || request_ != request_phase::content || response_ != response_phase::none)
    return;
  // Not before the client had its 100: it may take any interim response for the leave to send.
  if (!wanted() && !needs_continue_)
    sink_.send_interim(interim::processing);
  start_probe();
}

// -- feeds ------------------------------------------------------------------------------

void http_exchange::begin_feed(duration heartbeat) {
  is_feed_ = true;
  heartbeat_ = heartbeat;
  sink_.judge_end_anew(); // from now on a client that only listens is taken for gone
  restart_heartbeat();
}

void http_exchange::restart_heartbeat() {
  if (is_feed_)
    clocks_.start(wait::heartbeat, context_.loop.now(), heartbeat_);
}

// What waits to leave says as much.
void http_exchange::send_heartbeat() {
  if (sink_.octets_sent() == sink_.octets_queued()) [[maybe_unused]]
    const auto error = sink_.send_content(octets{std::string_view{":\n\n"}});
  restart_heartbeat();
}

// A feed has no end of its own: if its handler does not see to it, the client is to come again, to
// another server.
void http_exchange::on_drain() {
  if (!is_feed_ || is_answered() || stream_.expects_stop())
    return send_probe();
  stream_.cancel(cancel_reason::draining);
  if (sink_.send_end({}))
    return sink_.give_up(cancel_reason::draining);
  complete_response();
}

void http_exchange::on_gone(cancel_reason reason) const {
  if (request_ == request_phase::incomplete)
    return;
  if (!is_answered())
    log_access(sink_.octets_sent(), to_string(reason));
  if (response_ == response_phase::none)
    route_->seen.count_unanswered(facts_.method);
}

// A log wants to know how long things took; without one no clock is asked.
void http_exchange::log_access(std::uint64_t sent, std::string_view outcome) const {
  if (entry_.head && context_.log.wants_access())
    entry_.write(context_.log, sink_.peer(), sent, context_.loop.exact_time(), outcome);
}

void http_exchange::report_failure(std::string_view what) const {
  entry_.report_failure(context_.log, what);
  stream_.tell_observer(
    [&](handler_observer& told, caf::actor_id id) { told.on_failed(id, what); });
}

} // namespace sluice

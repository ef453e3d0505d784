// The response half of http_conversation: what a handler sends, and what the server answers by
// itself.

#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/connection/output_queue.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/http/http_conversation.hpp"
#include "sluice/actors/messages/journal.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/problem.hpp"

#include <cassert>
#include <utility>

namespace sluice {

namespace {

/// Content up to this many octets is copied behind its head; what is larger leaves from where it
/// is.
constexpr std::size_t most_joined = 4096;

refusal refusal_for(const std::error_code& error) {
  return error == std::errc::no_buffer_space ? refusal::output_full : refusal::malformed;
}

} // namespace

void http_conversation::on_handler_message(caf::mailbox_element& element, const asker& from) {
  auto& content = element.content();
  const message_type type{content};
  socket_.note_progress(wait::handler);
  if (type.is<struct respond>())
    return on_respond(content.get_mutable_as<struct respond>(0), from);
  if (type.is<read_content>())
    return on_demand();
  if (type.is<begin_response>())
    return on_begin(content.get_mutable_as<begin_response>(0), from);
  if (type.is<response_content>())
    return on_piece(content.get_mutable_as<response_content>(0), from);
  if (type.is<end_response>())
    return on_end(content.get_mutable_as<end_response>(0), from);
  if (type.is<send_message>() || type.is<send_close>())
    return socket_.answer(from, make_error(refusal::wrong_protocol));
  socket_.answer(from, caf::make_error(caf::sec::unexpected_message));
}

void http_conversation::on_respond(struct respond& message, const asker& from) {
  if (response_ != response_phase::none)
    return socket_.answer(from, make_error(refusal::already_answered));
  if (const auto error = send_whole(std::move(message.whole)))
    return socket_.answer(from, make_error(refusal_for(error)));
  socket_.answer_when_sent(from);
}

void http_conversation::on_begin(begin_response& message, const asker& from) {
  if (response_ != response_phase::none)
    return socket_.answer(from, make_error(refusal::already_answered));
  if (const auto error = begin(message.status, message.fields, message.length))
    return socket_.answer(from, make_error(refusal_for(error)));
  if (facts_.method != method::head && writer_.framing_in_use() != http::framing::none) {
    // Answered first: what the handler sends next leaves with the head (S51).
    socket_.answer(from);
    return socket_.hold_output();
  }
  socket_.answer_when_sent(from);
  // Nothing may follow this head: the producer is not to run (S24).
  std::string nothing;
  [[maybe_unused]] const auto error = writer_.finish({}, nothing);
  socket_.cancel_handler(cancel_reason::answered);
  complete_response();
}

void http_conversation::on_piece(response_content& message, const asker& from) {
  if (response_ != response_phase::begun)
    return socket_.answer(from, make_error(response_ == response_phase::none
                                             ? refusal::not_begun
                                             : refusal::already_answered));
  if (!socket_.admits(message.content.size()))
    return socket_.answer(from, make_error(refusal::output_full));
  auto envelope = writer_.content(message.content.size());
  if (envelope.error)
    return socket_.answer(from, make_error(refusal::length_mismatch));
  if (!envelope.discard) {
    socket_.write(std::move(envelope.prefix));
    socket_.write(std::move(message.content));
    socket_.write(std::string{envelope.suffix});
  }
  socket_.answer_when_sent(from);
}

void http_conversation::on_end(end_response& message, const asker& from) {
  if (response_ != response_phase::begun)
    return socket_.answer(from, make_error(response_ == response_phase::none
                                             ? refusal::not_begun
                                             : refusal::already_answered));
  std::string out;
  const auto before = writer_;
  const auto error = writer_.finish(message.trailers, out);
  if (error == errc::content_too_short) {
    // The client must not take it for complete (S25).
    socket_.answer(from, make_error(refusal::length_mismatch));
    report_failure("its response is shorter than declared");
    return socket_.fail(cancel_reason::answered);
  }
  if (error)
    return socket_.answer(from, make_error(refusal::malformed));
  // The bare end always finds room.
  if (!message.trailers.empty() && !socket_.admits(out.size())) {
    writer_ = before;
    return socket_.answer(from, make_error(refusal::output_full));
  }
  socket_.write(std::move(out));
  socket_.answer_when_sent(from);
  complete_response();
}

// Nothing is written on error. `at_once`: content that is to leave with the head.
std::error_code http_conversation::begin(status code, const fields& head,
                                         std::optional<std::uint64_t> length,
                                         std::string_view at_once) {
  // A 1xx is no answer: the client would wait on.
  if (code_of(code) < 200)
    return make_error_code(errc::malformed_response);
  auto& out = socket_.tail();
  const auto start = out.size();
  const auto date = socket_.shared().date.at(socket_.shared().loop.now());
  const auto before = writer_;
  const auto joined = at_once.size() <= most_joined ? at_once : std::string_view{};
  if (const auto error = writer_.begin(facts_, code, head, length, persistence_wish(), date, out,
                                       joined.size()))
    return error;
  if (!socket_.admits_first(out.size() - start + at_once.size())) {
    writer_ = before;
    out.resize(start);
    return std::make_error_code(std::errc::no_buffer_space);
  }
  out += joined;
  needs_continue_ = false;
  response_ = response_phase::begun;
  answers_for_ = target_;
  entry_.status = code_of(code);
  socket_.wrote();
  return {};
}

// The head of what can't be sent is not sent either: nothing is written on error.
std::error_code http_conversation::send_whole(response&& whole) {
  if (forbids_content(whole.status) && !whole.content.empty())
    return make_error_code(errc::malformed_response);
  const auto at_once = facts_.method == method::head ? std::string_view{} : whole.content;
  if (const auto error = begin(whole.status, whole.fields,
                               forbids_content(whole.status) ? std::nullopt
                                                             : std::optional{whole.content.size()},
                               at_once))
    return error;
  // Its length is known, so that nothing marks its end; to a HEAD it is not sent.
  [[maybe_unused]] const auto envelope = writer_.content(whole.content.size());
  assert(envelope.prefix.empty());
  if (at_once.size() > most_joined)
    socket_.write(std::move(whole.content));
  std::string nothing;
  [[maybe_unused]] const auto error = writer_.finish({}, nothing);
  assert((!error || at_once.empty()) && nothing.empty());
  complete_response();
  return {};
}

void http_conversation::send_own(status code, std::string_view explanation, const fields& extra) {
  auto whole = problem_response(code, std::string{explanation});
  for (const auto line : extra)
    whole.fields.add(line.name, line.value);
  if (send_whole(std::move(whole)))
    socket_.fail(cancel_reason::answered); // not even this fits the output
}

void http_conversation::send_last(status code, std::string_view explanation) {
  is_persistent_ = false;
  send_own(code, explanation);
}

std::optional<std::uint64_t> http_conversation::content_left() const {
  if (request_ == request_phase::complete)
    return 0;
  if (request_ == request_phase::content && content_length_)
    return *content_length_ - received_;
  return std::nullopt;
}

// A connection is kept if the content that is still to come is known and little (S22). A client
// that waits for 100 Continue may send its content or not: that can't be told apart from a next
// request.
http::persistence http_conversation::persistence_wish() const {
  const auto left = content_left();
  const auto keep = is_persistent_ && !socket_.is_draining() && left
                    && *left <= socket_.limits().drain_content && !(needs_continue_ && *left > 0);
  return keep ? http::persistence::keep : http::persistence::close;
}

void http_conversation::complete_response() {
  response_ = response_phase::complete;
  drop_pending();
  const auto& context = socket_.shared();
  entry_.write(context.log, socket_.peer(), socket_.output().queued_total(), time_for_log(),
               "complete");
  if (!socket_.link().is_cancelled())
    socket_.link().forget();
  if (writer_.after() == http::persistence::close) {
    is_over_ = true;
    return socket_.finish();
  }
  if (request_ == request_phase::complete)
    return start_next();
  // What is left of the content is discarded, for some time (S22).
  socket_.clocks().start(wait::linger, context.loop.now(), socket_.limits().linger_deadline);
}

} // namespace sluice

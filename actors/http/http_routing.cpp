// From a request's head to who answers it: the route, its guards and its limits; an upgrade, a
// function's call, a handler's start.

#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/http/http_conversation.hpp"
#include "sluice/actors/messages/journal.hpp"
#include "sluice/actors/websocket/web_socket_conversation.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/websocket/deflate_negotiation.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

/// What the first guard says that does not let `head` pass; nothing if all do.
std::optional<response> refusal_of_guards(const endpoint& target, const request& head) {
  for (const auto& guard : target.guards)
    if (auto answer = guard(head))
      return answer;
  return std::nullopt;
}

} // namespace

// Answers where there is no target, or its guards let nobody pass. Memory that a guard could not get
// is its failure; memory that the routes could not get is ours, and ends the connection's turn.
const endpoint* http_conversation::find_target(request& head) {
  dispatch found;
  try {
    found = socket_.shared().routes.find(head, websocket::asks_for_websocket(head));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) { // by a dispatcher of the application's own
    answer_exception();
    return nullptr;
  }
  entry_.matched = found.target;
  try {
    if (found.target != nullptr)
      found.refusal = refusal_of_guards(*found.target, head);
  } catch (...) {
    answer_exception();
    return nullptr;
  }
  if (!found.refusal)
    return found.target;
  if (send_whole(*std::move(found.refusal)))
    send_own(status::internal_server_error, "The refusal can't be sent.");
  return nullptr;
}

void http_conversation::route(request& head) {
  target_ = find_target(head);
  if (target_ == nullptr)
    return;
  if (target_->speaks == endpoint::protocol::web_socket)
    return upgrade(*target_, head);
  if (const auto limit = target_->limits.content; limit && content_length_.value_or(0) > *limit)
    return send_own(status::content_too_large, content_is_too_large);
  if (std::holds_alternative<function_handler>(target_->handler))
    return call_function(*target_, head);
  may_probe_ = may_probe(head);
  try {
    socket_.attach_handler(*target_, std::move(head));
  } catch (const std::system_error& failure) {
    return refuse_for_want_of_threads(failure);
  }
  start_probe();
  if (const auto* behavior = std::get_if<behavior_handler>(&target_->handler))
    if (behavior->demands_at_start)
      on_demand();
}

void http_conversation::upgrade(const endpoint& target, request& head) {
  if (const auto error = websocket::check_handshake(head)) {
    const auto code = static_cast<status>(suggested_status(error));
    fields extra;
    if (code == status::upgrade_required)
      extra.add("Upgrade", "websocket").add("Sec-WebSocket-Version", "13");
    return send_own(code, error.message(), extra);
  }
  if (socket_.is_draining())
    return send_own(status::service_unavailable, "The server is stopping.");
  head.subprotocol = websocket::choose_subprotocol(head, target.subprotocols);
  const auto deflate = target.deflate ? websocket::negotiate_deflate(head.fields, *target.deflate)
                                      : std::nullopt;
  auto entry = entry_;
  entry.status = code_of(status::switching_protocols);
  try {
    successor_ = std::make_unique<web_socket_conversation>(socket_, target, head, std::move(entry),
                                                           deflate ? std::optional{deflate->terms}
                                                                   : std::nullopt);
  } catch (const std::system_error& failure) {
    return refuse_for_want_of_threads(failure);
  }
  // The handler has said nothing yet: what it sends is handled when this turn is over.
  socket_.write(websocket::accept_response(head, head.subprotocol,
                                           socket_.shared().date.at(socket_.shared().loop.now()),
                                           deflate ? deflate->response : std::string_view{}));
  response_ = response_phase::complete;
}

void http_conversation::refuse_for_want_of_threads(const std::system_error& failure) {
  report_failure(std::string{"there is no thread for it: "} + failure.what());
  send_own(status::service_unavailable, "The server has no thread left for this.",
           fields{{"Retry-After", "1"}});
}

void http_conversation::call_function(const endpoint& target, const request& head) {
  std::optional<response> answer;
  try {
    answer.emplace(std::get<function_handler>(target.handler)(head));
  } catch (...) { // memory that it could not get is its failure, too
    return answer_exception();
  }
  if (!send_whole(*std::move(answer)))
    return;
  report_failure("it returned a response that can't be sent");
  send_own(status::internal_server_error, "The handler failed.");
}

// What the application threw, which is being handled, is the answer or a failure.
void http_conversation::answer_exception() {
  try {
    throw;
  } catch (const http_error& refused) {
    if (!send_whole(response{refused.answer()}))
      return;
    report_failure("it threw a response that can't be sent");
  } catch (const std::exception& failure) {
    report_failure(failure.what());
  } catch (...) {
    report_failure("it threw something that is no std::exception");
  }
  send_own(status::internal_server_error, "The handler failed.");
}

} // namespace sluice

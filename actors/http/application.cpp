#include "sluice/actors/http/application.hpp"

#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <exception>
#include <new>
#include <utility>

namespace sluice {

namespace {

/// What was thrown, which is being handled, as a reply.
reply reply_of_exception() {
  try {
    throw;
  } catch (const http_error& refused) {
    return {refused.answer(), {}};
  } catch (const std::exception& failure) {
    return {std::nullopt, failure.what()};
  } catch (...) {
    return {std::nullopt, "it threw something that is no std::exception"};
  }
}

/// Asks the guards of `target`, until one does not let `head` pass. @returns whether all do
bool may_pass(event_loop& loop, const endpoint& target, const request& head, reply& instead) {
  if (target.guards.empty())
    return true;
  const code_run now{loop, target.route};
  try {
    for (const auto& guard : target.guards) {
      instead.whole = guard(head);
      if (instead.whole)
        return false;
    }
  } catch (...) {
    instead = reply_of_exception();
    return false;
  }
  return true;
}

} // namespace

choice choose_endpoint(event_loop& loop, const dispatcher& routes, request& head, reply& instead) {
  try {
    auto found = routes.find(head, websocket::asks_for_websocket(head));
    if (found.target != nullptr)
      return {found.target, may_pass(loop, *found.target, head, instead) ? found.target : nullptr};
    instead.whole = std::move(found.refusal);
    if (!instead.whole)
      instead.failure = "the dispatcher named neither an endpoint nor a refusal";
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) { // by a dispatcher of the application's own
    instead = reply_of_exception();
  }
  return {};
}

void call(event_loop& loop, const endpoint& target, const function_handler& function,
          const request& head, reply& said) {
  const code_run now{loop, target.route};
  try {
    said.whole.emplace(function(head));
  } catch (...) {
    said = reply_of_exception();
  }
}

} // namespace sluice

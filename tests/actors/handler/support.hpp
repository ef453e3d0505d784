#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/testing/handler_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <utility>
#include <vector>

namespace sluice::testing {

// Endpoints of the three forms. The fixture keeps the handler in place, so that it may be a
// capturing lambda.

inline endpoint http_endpoint(exchange_handler handler) {
  endpoint made;
  made.route = "/test";
  made.handler = std::move(handler);
  return made;
}

inline endpoint http_endpoint(behavior_handler handler) {
  endpoint made;
  made.route = "/test";
  made.handler = std::move(handler);
  return made;
}

inline endpoint web_socket_endpoint(web_socket_handler handler, push_policy push = {}) {
  endpoint made;
  made.route = "/test";
  made.speaks = endpoint::protocol::web_socket;
  made.handler = std::move(handler);
  made.limits.push = push;
  return made;
}

/// Says when it is destroyed: stands for what a handler must not leave behind.
class witness {
public:
  explicit witness(bool& gone) noexcept : gone_{gone} {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { gone_ = true; }

private:
  bool& gone_;
};

/// What the handler sent of one kind.
template <class Message>
std::vector<Message> sent_as(const handler_fixture& client) {
  std::vector<Message> found;
  for (const auto& each : client.sent())
    if (const auto* match = std::get_if<Message>(&each))
      found.push_back(*match);
  return found;
}

} // namespace sluice::testing

#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/server/routing/route_options.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

class route_table;

/// Runs around an exchange's handler: `co_await next(http)` runs it. It may answer without, add to
/// exchange::response_fields, and work on when `next` is through. A plain function that is wrapped
/// gets an actor, like a coroutine.
using exchange_wrapper = std::function<task(exchange& http, const exchange_handler& next)>;
/// The same for a WebSocket: it may close it without running the handler.
using web_socket_wrapper = std::function<task(web_socket& socket, const web_socket_handler& next)>;

template <class Handler>
concept behavior_form = std::is_convertible_v<Handler, behavior_handler>;
template <class Handler>
concept exchange_form = std::is_invocable_r_v<task, Handler&, exchange&>;
template <class Handler>
concept function_form = std::is_invocable_r_v<response, Handler&, const request&>;
template <class Handler>
concept web_socket_form = std::is_invocable_r_v<task, Handler&, web_socket&>;
template <class Handler>
concept message_form = std::is_invocable_r_v<std::optional<message>, Handler&, const request&,
                                             const message&>;

/// Routes with a common prefix, common limits, guards and wrappers. What is said to a group holds
/// for the routes and groups that are added to it afterwards.
///
///     auto api = routes.group("/api");
///     api.guard(require_key).wrap(log_time).limits({.content = 1 << 20});
///     api.get("/items/{id}", show).param<int>("id");
class route_group {
public:
  // `handler`: a plain function `response(const request&)`, a coroutine `task(exchange&)`, or a
  // behavior_handler. `pattern`: see router; in a group with a prefix it may be empty. All return
  // route_options.

  template <class Handler>
  auto get(std::string_view pattern, Handler handler) {
    return on(method::get, pattern, std::move(handler));
  }
  template <class Handler>
  auto post(std::string_view pattern, Handler handler) {
    return on(method::post, pattern, std::move(handler));
  }
  template <class Handler>
  auto put(std::string_view pattern, Handler handler) {
    return on(method::put, pattern, std::move(handler));
  }
  template <class Handler>
  auto patch(std::string_view pattern, Handler handler) {
    return on(method::patch, pattern, std::move(handler));
  }
  template <class Handler>
  auto del(std::string_view pattern, Handler handler) {
    return on(method::del, pattern, std::move(handler));
  }
  template <class Handler>
  auto on(method which, std::string_view pattern, Handler handler) {
    static_assert(behavior_form<Handler> || exchange_form<Handler> || function_form<Handler>,
                  "an HTTP handler is sluice::response(const sluice::request&), "
                  "sluice::task(sluice::exchange&) "
                  "or a sluice::behavior_handler");
    if constexpr (behavior_form<Handler>)
      return add(which, pattern, endpoint::protocol::http, behavior_handler{std::move(handler)});
    else if constexpr (exchange_form<Handler>)
      return add(which, pattern, endpoint::protocol::http, exchange_handler{std::move(handler)});
    else if constexpr (function_form<Handler>)
      return add(which, pattern, endpoint::protocol::http, function_handler{std::move(handler)});
  }

  /// `handler`: a coroutine `task(web_socket&)`, a plain function
  /// `std::optional<message>(const request&, const message&)`, or a behavior_handler.
  template <class Handler>
  auto web_socket(std::string_view pattern, Handler handler) {
    static_assert(behavior_form<Handler> || web_socket_form<Handler> || message_form<Handler>,
                  "a WebSocket handler is sluice::task(sluice::web_socket&), "
                  "std::optional<sluice::message>(const sluice::request&, const sluice::message&) "
                  "or a sluice::behavior_handler");
    if constexpr (behavior_form<Handler>)
      return add(method::get, pattern, endpoint::protocol::web_socket,
                 behavior_handler{std::move(handler)});
    else if constexpr (web_socket_form<Handler>)
      return add(method::get, pattern, endpoint::protocol::web_socket,
                 web_socket_handler{std::move(handler)});
    else if constexpr (message_form<Handler>)
      return add(method::get, pattern, endpoint::protocol::web_socket,
                 message_handler{std::move(handler)});
  }

  /// A group in this one: `prefix` begins with a slash and does not end with one. It begins with
  /// what this group has.
  [[nodiscard]] route_group group(std::string_view prefix) const;

  /// Judges requests before a handler is spawned, or a WebSocket accepted: see request_guard.
  route_group& guard(request_guard judge);
  /// Runs around the handlers of exchanges; the first that was given is the outermost. A route with
  /// a behavior_handler can't be wrapped: std::invalid_argument.
  route_group& wrap(exchange_wrapper around);
  /// Runs around the handlers of WebSockets.
  route_group& wrap_web_socket(web_socket_wrapper around);
  /// What routes start with; replaces what was set before.
  route_group& limits(route_limits own);

protected:
  explicit route_group(std::shared_ptr<route_table> table);
  [[nodiscard]] const route_table& table() const noexcept { return *table_; }

private:
  using any_handler = decltype(endpoint::handler);
  route_options add(method which, std::string_view pattern, endpoint::protocol speaks,
                    any_handler handler);
  [[nodiscard]] any_handler wrapped(any_handler handler, endpoint::protocol speaks,
                                    const std::string& pattern) const;

  std::shared_ptr<route_table> table_;
  std::string prefix_;
  std::vector<request_guard> guards_;
  std::vector<exchange_wrapper> around_exchange_;
  std::vector<web_socket_wrapper> around_web_socket_;
  route_limits limits_;
};

} // namespace sluice

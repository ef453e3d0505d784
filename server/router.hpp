#pragma once

#include "actors/handler/endpoint.hpp"
#include "actors/handler/exchange.hpp"
#include "actors/handler/web_socket.hpp"
#include "protocol/http/message.hpp"
#include "server/route_options.hpp"

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

/// Which handler answers which request. Filled before the server starts, then only read.
///
/// A pattern is a path whose segments are literal, `{name}` (one segment, not empty) or, at the
/// end, `{name...}` (the rest, which may be empty and hold slashes). Literal segments win over
/// parameters, parameters over rests. A trailing slash counts: "/a" is not "/a/". HTTP and
/// WebSocket routes may share a pattern.
///
/// A path is split at its slashes before it is percent-decoded: "%2F" separates nothing, so a
/// parameter may hold slashes, and ".." too, which is not interpreted: a handler that opens files
/// must refuse both. A parameter that can't be decoded, or holds NUL, is answered 400.
///
/// The path alone chooses the resource. A path without route is answered 404, a method without
/// route 405 with Allow; OPTIONS is answered for every path that has a route, HEAD by the GET
/// route, unless they have routes of their own. A pattern that is malformed or already taken, and
/// an option that makes no sense, throw std::invalid_argument.
class router final : public dispatcher {
public:
  router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;
  ~router() override;

  /// `handler`: a plain function `response(const request&)`, a coroutine `task(exchange&)`, or a
  /// behavior_handler.
  template <class Handler>
  route_options get(std::string_view pattern, Handler handler) {
    return on(method::get, pattern, std::move(handler));
  }
  template <class Handler>
  route_options post(std::string_view pattern, Handler handler) {
    return on(method::post, pattern, std::move(handler));
  }
  template <class Handler>
  route_options put(std::string_view pattern, Handler handler) {
    return on(method::put, pattern, std::move(handler));
  }
  template <class Handler>
  route_options patch(std::string_view pattern, Handler handler) {
    return on(method::patch, pattern, std::move(handler));
  }
  template <class Handler>
  route_options del(std::string_view pattern, Handler handler) {
    return on(method::del, pattern, std::move(handler));
  }
  template <class Handler>
  route_options on(method which, std::string_view pattern, Handler handler) {
    if constexpr (std::is_convertible_v<Handler, behavior_handler>) {
      return add(which, pattern, endpoint::protocol::http, behavior_handler{std::move(handler)});
    } else if constexpr (std::is_invocable_r_v<task, Handler&, exchange&>) {
      return add(which, pattern, endpoint::protocol::http, exchange_handler{std::move(handler)});
    } else {
      static_assert(
        std::is_invocable_r_v<response, Handler&, const request&>,
        "an HTTP handler is response(const request&), task(exchange&) or a behavior_handler");
      return add(which, pattern, endpoint::protocol::http, function_handler{std::move(handler)});
    }
  }

  /// `handler`: a coroutine `task(web_socket&)`, or a behavior_handler.
  template <class Handler>
  route_options web_socket(std::string_view pattern, Handler handler) {
    if constexpr (std::is_convertible_v<Handler, behavior_handler>) {
      return add(method::get, pattern, endpoint::protocol::web_socket,
                 behavior_handler{std::move(handler)});
    } else {
      static_assert(std::is_invocable_r_v<task, Handler&, sluice::web_socket&>,
                    "a WebSocket handler is task(web_socket&) or a behavior_handler");
      return add(method::get, pattern, endpoint::protocol::web_socket,
                 web_socket_handler{std::move(handler)});
    }
  }

  [[nodiscard]] dispatch find(request& head, bool asks_for_web_socket) const override;
  [[nodiscard]] route_extremes extremes() const override;

private:
  using any_handler = std::variant<function_handler, exchange_handler, web_socket_handler,
                                   behavior_handler>;
  route_options add(method which, std::string_view pattern, endpoint::protocol speaks,
                    any_handler handler);

  class tree;
  std::unique_ptr<tree> tree_;
};

} // namespace sluice

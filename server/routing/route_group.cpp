#include "sluice/server/routing/route_group.hpp"

#include "sluice/server/routing/route_pattern.hpp"
#include "sluice/server/routing/route_table.hpp"

#include <stdexcept>

namespace sluice {

namespace {

template <class Handler>
bool is_callable(const Handler& handler) {
  const auto call = [](const auto& one) {
    if constexpr (std::is_same_v<decltype(one), const behavior_handler&>)
      return static_cast<bool>(one.make);
    else
      return static_cast<bool>(one);
  };
  return std::visit(call, handler);
}

void refuse_empty(bool is_there) {
  if (!is_there)
    throw std::invalid_argument{"a group is given an empty function"};
}

// Coroutines of their own: a lambda that captures must not be one.

task run_function(exchange& http, const function_handler& handler) {
  co_await http.respond(handler(http.request()));
}

task run_messages(sluice::web_socket& socket, const message_handler& handler) {
  while (const auto said = co_await socket.next())
    if (auto answer = handler(socket.request(), *said))
      co_await socket.send(*std::move(answer));
}

/// `handler` as one that `around` runs around.
template <class Context, class Wrapper>
std::function<task(Context&)> wrap_in(const Wrapper& around,
                                      std::function<task(Context&)> handler) {
  return [around, next = std::move(handler)](Context& of) { return around(of, next); };
}

} // namespace

route_group::route_group(std::shared_ptr<route_table> table) : table_{std::move(table)} {}

route_group route_group::group(std::string_view prefix) const {
  if (!prefix.starts_with('/') || prefix.ends_with('/'))
    throw std::invalid_argument{"the prefix '" + std::string{prefix}
                                + "' is to begin with a slash and not to end with one"};
  auto inner = *this;
  inner.prefix_ += prefix;
  return inner;
}

route_group& route_group::guard(request_guard judge) {
  refuse_empty(static_cast<bool>(judge));
  guards_.push_back(std::move(judge));
  return *this;
}

route_group& route_group::wrap(exchange_wrapper around) {
  refuse_empty(static_cast<bool>(around));
  around_exchange_.push_back(std::move(around));
  return *this;
}

route_group& route_group::wrap_web_socket(web_socket_wrapper around) {
  refuse_empty(static_cast<bool>(around));
  around_web_socket_.push_back(std::move(around));
  return *this;
}

route_group& route_group::limits(route_limits own) {
  limits_ = own;
  return *this;
}

route_options route_group::add(method which, std::string_view pattern, endpoint::protocol speaks,
                               any_handler handler) {
  const auto whole = prefix_ + std::string{pattern};
  if (which == method::connect)
    refuse_route(whole, "asks for CONNECT, which is never routed");
  if (!is_callable(handler))
    refuse_route(whole, "has an empty handler");
  auto around = wrapped(std::move(handler), speaks, whole);
  auto& target = table_->insert(which, whole, speaks);
  target.handler = std::move(around);
  target.limits = limits_;
  target.guards = guards_;
  return route_options{target};
}

auto route_group::wrapped(any_handler handler, endpoint::protocol speaks,
                          const std::string& pattern) const -> any_handler {
  if (auto* plain = std::get_if<message_handler>(&handler);
      plain != nullptr && !around_web_socket_.empty())
    handler = web_socket_handler{[plain = std::move(*plain)](sluice::web_socket& socket) {
      return run_messages(socket, plain);
    }};
  if (auto* socket = std::get_if<web_socket_handler>(&handler)) {
    for (auto each = around_web_socket_.rbegin(); each != around_web_socket_.rend(); ++each)
      *socket = wrap_in<sluice::web_socket>(*each, std::move(*socket));
    return handler;
  }
  if (std::holds_alternative<behavior_handler>(handler)) {
    const auto is_wrapped = speaks == endpoint::protocol::http ? !around_exchange_.empty()
                                                               : !around_web_socket_.empty();
    if (is_wrapped)
      refuse_route(pattern, "has a behavior, around which nothing can be wrapped: use a guard");
    return handler;
  }
  if (speaks == endpoint::protocol::web_socket || around_exchange_.empty())
    return handler;
  if (auto* plain = std::get_if<function_handler>(&handler))
    handler = exchange_handler{
      [plain = std::move(*plain)](exchange& http) { return run_function(http, plain); }};
  auto& inner = std::get<exchange_handler>(handler);
  for (auto each = around_exchange_.rbegin(); each != around_exchange_.rend(); ++each)
    inner = wrap_in<exchange>(*each, std::move(inner));
  return handler;
}

} // namespace sluice

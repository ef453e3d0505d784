#include "sluice/server/routing/route_options.hpp"

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/http/target.hpp"
#include "sluice/server/routing/route_pattern.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <variant>

namespace sluice {

namespace {

[[noreturn]] void fail(const endpoint& target, std::string_view why) {
  refuse_route(target.route, why);
}

/// A plain function that blocks would stall its event loop unseen.
void refuse_function(const endpoint& target) {
  if (std::holds_alternative<function_handler>(target.handler)
      || std::holds_alternative<message_handler>(target.handler))
    fail(target, "has a plain function, which runs on the event loop only: make it a coroutine");
}

/// Zero is none; less would have ended before it began.
duration checked(const endpoint& target, duration length) {
  if (length < duration::zero())
    fail(target, "has a negative duration");
  return length;
}

} // namespace

route_options& route_options::pooled() {
  refuse_function(*target_);
  target_->where = placement::pooled;
  return *this;
}

route_options& route_options::detached() {
  refuse_function(*target_);
  target_->where = placement::detached;
  return *this;
}

route_options& route_options::limits(route_limits own) {
  target_->limits = own;
  return *this;
}

route_options& route_options::content_limit(std::uint64_t octets) {
  target_->limits.content = octets;
  return *this;
}

route_options& route_options::message_limit(std::size_t octets) {
  target_->limits.message = octets;
  return *this;
}

route_options& route_options::message_parts(std::size_t octets) {
  if (octets == 0)
    fail(*target_, "can't deliver messages in parts of nothing");
  target_->limits.message_part = octets;
  return *this;
}

route_options& route_options::handler_deadline(duration length) {
  target_->limits.handler_deadline = checked(*target_, length);
  return *this;
}

route_options& route_options::content_deadline(duration length) {
  target_->limits.content_deadline = checked(*target_, length);
  return *this;
}

route_options& route_options::write_deadline(duration length) {
  target_->limits.write_deadline = checked(*target_, length);
  return *this;
}

route_options& route_options::close_deadline(duration length) {
  target_->limits.close_deadline = checked(*target_, length);
  return *this;
}

route_options& route_options::cancel_grace(duration length) {
  target_->limits.cancel_grace = checked(*target_, length);
  return *this;
}

route_options& route_options::stall_probe(duration interval) {
  target_->limits.stall_probe = checked(*target_, interval);
  return *this;
}

route_options& route_options::content_rate(std::uint64_t octets_a_second) {
  target_->limits.content_rate = octets_a_second;
  return *this;
}

route_options& route_options::write_rate(std::uint64_t octets_a_second) {
  target_->limits.write_rate = octets_a_second;
  return *this;
}

route_options& route_options::probe_http(http_probe which) {
  target_->limits.probe_http = which;
  return *this;
}

route_options& route_options::on_half_close(half_close policy) {
  target_->limits.on_half_close = policy;
  return *this;
}

route_options& route_options::on_slow_consumer(slow_consumer policy, std::size_t capacity) {
  target_->limits.push = {policy, capacity};
  return *this;
}

route_options& route_options::subprotocol(std::string_view name) {
  if (!is_token(name))
    fail(*target_, "has a subprotocol that is not a token");
  if (target_->speaks != endpoint::protocol::web_socket)
    fail(*target_, "has a subprotocol, but is not a WebSocket");
  auto& all = target_->subprotocols;
  if (std::find(all.begin(), all.end(), name) != all.end())
    fail(*target_, "has the subprotocol '" + std::string{name} + "' twice");
  all.emplace_back(name);
  return *this;
}

route_options& route_options::deflate(const websocket::deflate_options& how) {
  if (target_->speaks != endpoint::protocol::web_socket)
    fail(*target_, "compresses messages, but is not a WebSocket");
  if (const auto fault = websocket::fault_of(how); !fault.empty())
    fail(*target_, fault);
  target_->deflate = how;
  return *this;
}

route_options& route_options::guard(request_guard judge) {
  target_->guards.push_back(std::move(judge));
  return *this;
}

route_options& route_options::check_param(std::string_view name, reader can_read) {
  const auto pattern = parse_route_pattern(target_->route);
  const auto is_named = [=](const route_segment& segment) {
    return segment.kind != route_segment::kind_type::literal && segment.text == name;
  };
  if (std::none_of(pattern.begin(), pattern.end(), is_named))
    fail(*target_, "has no parameter '" + std::string{name} + '\'');
  return guard(
    [name = std::string{name}, can_read](const request& head) -> std::optional<response> {
      if (can_read(head.param(name)))
        return std::nullopt;
      return problem_response(status::bad_request, bad_parameter("path", name));
    });
}

route_options& route_options::check_query(std::string_view name, reader can_read) {
  return guard(
    [name = std::string{name}, can_read](const request& head) -> std::optional<response> {
      const auto value = head.query_param(name);
      // None, although the name is there: its escapes are broken.
      if (value ? can_read(*value) : !http::has_query_parameter(head.query, name))
        return std::nullopt;
      return problem_response(status::bad_request, bad_parameter("query", name));
    });
}

} // namespace sluice

#pragma once

#include "sluice/actors/handler/route_limits.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace sluice {

/// What the value of a limit counts.
enum class limit_unit : std::uint8_t { octets, octets_a_second, time, choice };

/// A limit that a route may set for itself.
template <class Value>
struct route_limit {
  std::string_view flag; ///< that sets it for all routes
  Value route_settings::*general;
  std::optional<Value> route_limits::*own;
  limit_unit unit;
  std::string_view help; ///< of the flag
};

// Compilers older than C++20's rules deduce none for an aggregate.
template <class Value>
route_limit(std::string_view, Value route_settings::*, std::optional<Value> route_limits::*,
            limit_unit, std::string_view) -> route_limit<Value>;

/// All of them: a new one gets its line here, and with that its flag, its place in a configuration
/// file and its effect; and a setter in route_options.
inline constexpr std::tuple route_limit_table{
  route_limit{"--max-message-size", &route_settings::max_message_size, &route_limits::message,
              limit_unit::octets, "largest WebSocket message; past it 1009"},
  route_limit{"--content-deadline", &route_settings::content_deadline,
              &route_limits::content_deadline, limit_unit::time,
              "a client's credit while content is wanted; runs down while none comes"},
  route_limit{"--content-rate", &route_settings::content_rate, &route_limits::content_rate,
              limit_unit::octets_a_second,
              "octets a second that refill --content-deadline; 0: any octet refills all of it"},
  route_limit{"--handler-deadline", &route_settings::handler_deadline,
              &route_limits::handler_deadline, limit_unit::time,
              "for a handler to acknowledge or to answer; past it 503 or 1013"},
  route_limit{"--write-deadline", &route_settings::write_deadline, &route_limits::write_deadline,
              limit_unit::time,
              "a client's credit while output waits; runs down while it takes none"},
  route_limit{"--write-rate", &route_settings::write_rate, &route_limits::write_rate,
              limit_unit::octets_a_second,
              "octets a second that refill --write-deadline; 0: any octet refills all of it"},
  route_limit{"--close-deadline", &route_settings::close_deadline, &route_limits::close_deadline,
              limit_unit::time,
              "for the Close that answers ours; for each last answer once the client has closed"},
  route_limit{"--cancel-grace", &route_settings::cancel_grace, &route_limits::cancel_grace,
              limit_unit::time, "for a cancelled handler to end before it is killed"},
  route_limit{
    "--stall-probe", &route_settings::stall_probe, &route_limits::stall_probe, limit_unit::time,
    "between Pings to a WebSocket whose handler is busy: they find clients that are gone"},
  route_limit{
    "--probe-http", &route_settings::probe_http, &route_limits::probe_http, limit_unit::choice,
    "whose stalled HTTP/1.1 uploads are probed too, with an interim 102: known: curl's that "
    "expect 100-continue"},
  route_limit{
    "--half-close", &route_settings::on_half_close, &route_limits::on_half_close,
    limit_unit::choice,
    "what a client that shuts down its side after its request is taken for: answer it, or "
    "cancel its handler"},
};

/// Calls `call` with each line of the table.
template <class Call>
void for_each_route_limit(Call call) {
  std::apply([&](const auto&... each) { (call(each), ...); }, route_limit_table);
}

} // namespace sluice

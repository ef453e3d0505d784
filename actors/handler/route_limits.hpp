#pragma once

#include "sluice/actors/handler/push_policy.hpp"
#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice {

/// What a route allows instead of what the server's settings say. Absent: as the settings say.
struct route_limits {
  std::optional<std::uint64_t> content;     ///< octets of request content; past it 413. Absent: no
                                            ///< limit
  std::optional<std::size_t> message;       ///< octets of a WebSocket message; past it 1009
  std::optional<std::size_t> message_part;  ///< deliver WebSocket messages in parts of at most this
                                            ///< many octets
  std::optional<duration> handler_deadline; ///< zero: none
  std::optional<duration> content_deadline; ///< zero: none
  std::optional<std::uint64_t> content_rate; ///< octets a second; 0: any octet will do
  std::optional<duration> write_deadline;    ///< zero: none
  std::optional<std::uint64_t> write_rate;   ///< octets a second; 0: any octet will do
  std::optional<duration> close_deadline;    ///< settings::close_deadline; zero: none
  std::optional<duration> cancel_grace;      ///< zero: a cancelled handler is never killed
  std::optional<duration> stall_probe;       ///< zero: none
  std::optional<http_probe> probe_http;
  std::optional<half_close> on_half_close;
  push_policy push; ///< messages from other actors to a WebSocket handler
};

/// What holds on a route: what it says itself, else what `all` says.
[[nodiscard]] route_settings settings_of(const route_limits& own, const route_settings& all);

} // namespace sluice

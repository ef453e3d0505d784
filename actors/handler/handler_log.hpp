#pragma once

#include "sluice/actors/observe/journal.hpp"

#include <string_view>

namespace caf {
class event_based_actor;
}

namespace sluice {

class handler_actor;

/// Where a handler says something to those who run the server: a line of the log, with the handler's
/// route and its request's id. Never blocks: a log that is not written as fast as it grows loses its
/// oldest lines. What is below `--log-level` is dropped. As long as the handler.
class handler_log {
public:
  explicit handler_log(const handler_actor& whose) noexcept : whose_{&whose} {}

  void debug(std::string_view text) const { write(severity::debug, text); }
  void info(std::string_view text) const { write(severity::information, text); }
  void warning(std::string_view text) const { write(severity::warning, text); }
  void error(std::string_view text) const { write(severity::error, text); }
  void write(severity level, std::string_view text) const;

private:
  const handler_actor* whose_;
};

/// The log of a handler that is a behavior; coroutines have `context::log`. Throws std::logic_error
/// if `handler` is an actor of another kind.
[[nodiscard]] handler_log log_of(const caf::event_based_actor& handler);

} // namespace sluice

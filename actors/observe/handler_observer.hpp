#pragma once

#include "sluice/actors/messages/cancel_reason.hpp"

#include <caf/fwd.hpp>

#include <string_view>

namespace caf {
class error;
}

namespace sluice {

enum class refusal : std::uint8_t;

/// Hears what passes between connections and their handlers: for the test kit. Calls come from the
/// connection's loop; `connection` is the id of its actor.
class handler_observer {
public:
  virtual ~handler_observer() = default;
  virtual void on_started(caf::actor_id connection) = 0;
  virtual void on_delivered(caf::actor_id connection, std::string_view content) = 0;
  virtual void on_acknowledged(caf::actor_id connection) = 0;
  /// An acknowledgement that earned no credit: late, or from somebody else.
  virtual void on_ignored(caf::actor_id connection) = 0;
  virtual void on_cancelled(caf::actor_id connection, cancel_reason reason) = 0;
  virtual void on_killed(caf::actor_id connection) = 0;
  /// Something that a handler sent was refused.
  virtual void on_refused(caf::actor_id connection, refusal why) = 0;
  /// `frees_slot`: what was delivered, if anything, is outstanding no more. It is for others to
  /// acknowledge where a handler ends whose exchange was over, and that had nothing in its hands.
  virtual void on_ended(caf::actor_id connection, const caf::error& why, bool frees_slot) = 0;
};

} // namespace sluice

#pragma once

#include "sluice/actors/messages/cancel_reason.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string_view>

namespace caf {
class error;
}

namespace sluice {

enum class refusal : std::uint8_t;
struct request;

enum class delivery_kind : std::uint8_t {
  chunk,
  text, ///< a message, or a part of one
  binary,
};

/// Hears what passes between connections and their handlers: for the test kit, and the flight
/// recorder. Calls come from the connection's loop; `connection` is the id of its actor.
class handler_observer {
public:
  virtual ~handler_observer() = default;
  /// A head was complete.
  virtual void on_request(caf::actor_id, const request&, [[maybe_unused]] bool is_web_socket) {}
  virtual void on_started(caf::actor_id connection) = 0;
  virtual void on_delivered(caf::actor_id connection, std::string_view content,
                            delivery_kind kind) = 0;
  /// A plain function of a WebSocket was called with a message.
  virtual void on_called(caf::actor_id, std::string_view, delivery_kind) {}
  /// The handler was told that its content is complete, or its WebSocket closed.
  virtual void on_content_end(caf::actor_id) {}
  virtual void on_acknowledged(caf::actor_id connection) = 0;
  /// An acknowledgement that earned no credit: late, or from somebody else.
  virtual void on_ignored(caf::actor_id connection) = 0;
  virtual void on_cancelled(caf::actor_id connection, cancel_reason reason) = 0;
  virtual void on_killed(caf::actor_id connection) = 0;
  /// Something that a handler sent was refused. By the thread of who has sent it, too.
  virtual void on_refused(caf::actor_id connection, refusal why) = 0;
  /// `frees_slot`: what was delivered, if anything, is outstanding no more. It is for others to
  /// acknowledge where a handler ends whose exchange was over, and that had nothing in its hands.
  virtual void on_ended(caf::actor_id connection, const caf::error& why, bool frees_slot) = 0;
  /// The application's code has failed, and its client was told.
  virtual void on_failed(caf::actor_id, std::string_view) {}
};

} // namespace sluice

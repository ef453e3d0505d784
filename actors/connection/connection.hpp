#pragma once

#include "sluice/actors/connection/accounts.hpp"
#include "sluice/actors/connection/intake.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/outbox.hpp"
#include "sluice/actors/connection/stream_table.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"

#include <caf/local_actor.hpp>

#include <string>
#include <utility>

namespace sluice {

class transport;

/// What a conversation has of the connection that carries it: the parts that it works with, and the
/// ways to end it.
class connection {
public:
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  [[nodiscard]] loop_context& shared() noexcept { return shared_; }
  [[nodiscard]] const settings& limits() const noexcept { return shared_.limits; }
  /// The client's address, as logs and handlers see it.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  /// It is believed what it says of others, config::trusted_peers.
  [[nodiscard]] bool is_peer_trusted() const noexcept { return is_peer_trusted_; }
  void trust_peer() noexcept { is_peer_trusted_ = true; }
  /// The server is stopping.
  [[nodiscard]] bool is_draining() const noexcept { return is_draining_; }

  [[nodiscard]] intake& in() noexcept { return in_; }
  [[nodiscard]] const intake& in() const noexcept { return in_; }
  [[nodiscard]] outbox& out() noexcept { return out_; }
  [[nodiscard]] const outbox& out() const noexcept { return out_; }
  [[nodiscard]] accounts& clocks() noexcept { return clocks_; }
  [[nodiscard]] stream_table& streams() noexcept { return streams_; }

  /// Lets what is queued wait for what the handler sends next: until the next write, or until the
  /// loop has run the messages that wait now (S51).
  virtual void hold_output() = 0;

  /// The conversation is over: send what is queued, shut down, wait for the peer's end, close
  /// (S22).
  virtual void finish() = 0;
  /// Closes so that the peer sees truncation.
  virtual void fail(cancel_reason reason) = 0;
  /// Closes without waiting, after the last octet. @pre nothing is queued
  virtual void close_now(cancel_reason reason) = 0;

protected:
  /// `self`: the actor that handlers know as their connection.
  connection(caf::local_actor& self, loop_context& context, transport& from, std::string peer)
    : shared_{context},
      peer_{std::move(peer)},
      in_{from},
      out_{context.limits},
      streams_{self, context} {}
  ~connection() = default;

  loop_context& shared_;
  std::string peer_;
  intake in_;
  outbox out_;
  accounts clocks_;
  stream_table streams_;
  bool is_draining_ = false;
  bool is_peer_trusted_ = false;
};

} // namespace sluice

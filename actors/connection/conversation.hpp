#pragma once

#include "sluice/actors/connection/deadlines.hpp"
#include "sluice/actors/connection/intake.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"

#include <memory>
#include <optional>

namespace sluice {

struct endpoint;
struct route_tally;
struct stall;
struct terms;

/// What a connection and its peer are saying to each other: HTTP, or WebSocket after an upgrade.
/// Decides; the socket actor that owns it moves the octets. Called only by its socket actor, on the
/// loop. What handlers say reaches it as the user of a stream.
class conversation {
public:
  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  /// What it can take now. What it takes beyond a full slot is bounded by the look-ahead (S8).
  [[nodiscard]] virtual appetite wanted() const = 0;
  /// Takes octets from the intake, stops where it must, and delivers what they brought.
  virtual void consume() = 0;
  /// The peer has shut down its side, and everything it sent was consumed.
  virtual void on_end_of_stream() = 0;
  /// The peer has shut down its side while we do not read: whether what is missing can no longer
  /// come (S40).
  [[nodiscard]] virtual bool is_truncated() = 0;
  /// It is: ends the conversation.
  virtual void on_truncated() = 0;

  /// The step that was taken is over: what has come to its end makes room for what is next.
  virtual void go_on() {}
  /// Moves octets that were promised into their order, if there is room below the low-water mark.
  virtual void fill_output() {}

  /// Whose turn it is, if it is anybody's: what the one running deadline is for.
  [[nodiscard]] virtual std::optional<wait> awaited() const = 0;
  [[nodiscard]] virtual terms terms_of(wait which) const = 0;
  /// Where it is noted that somebody is waited for under `which`; null: nowhere
  [[nodiscard]] virtual route_tally* tally_of([[maybe_unused]] wait which) noexcept {
    return nullptr;
  }
  virtual void on_deadline(wait which) = 0;
  /// Settles clocks that it has beside the connection's, one set for each of several exchanges, at
  /// the end of each step. `is_writing`: octets wait to leave, and it is the network's turn.
  /// @returns when to call `on_due`; far away if it has none
  [[nodiscard]] virtual time_point settle([[maybe_unused]] time_point now,
                                          [[maybe_unused]] bool is_writing) {
    return time_point::max();
  }
  virtual void on_due([[maybe_unused]] time_point now) {}

  /// Whose route it is at, if it is at one.
  [[nodiscard]] virtual const endpoint* route() const noexcept { return nullptr; }
  /// Fills in what it knows of itself and its handler.
  virtual void describe([[maybe_unused]] stall& into) const {}

  /// The server is stopping: end as soon as what is under way allows (S59).
  virtual void on_drain() = 0;
  /// The connection is gone; the last call. Only bookkeeping is left to do.
  virtual void on_gone(cancel_reason reason) = 0;

  /// What takes over from here, after an upgrade.
  [[nodiscard]] virtual std::unique_ptr<conversation> take_successor() { return nullptr; }
};

} // namespace sluice

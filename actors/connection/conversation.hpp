#pragma once

#include "sluice/actors/connection/deadlines.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/protocol/octets.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace sluice {

/// Who asked the connection for something, and how to answer.
struct asker {
  caf::strong_actor_ptr who;
  caf::message_id id;
};

/// What a connection and its peer are saying to each other: HTTP, or WebSocket after an upgrade.
/// Decides; the socket actor that owns it moves the octets and the messages. Called only by its
/// socket actor, on the loop.
class conversation {
public:
  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  /// How many octets it can take now; 0 while it is stalled or has nothing to read. What it takes
  /// beyond a full slot is bounded by the look-ahead (S8).
  [[nodiscard]] virtual std::size_t appetite() const = 0;
  /// Where the next read may put what it brings, at most `most` octets, instead of in the loop's
  /// buffer: content then is where it is to be. Empty: nowhere else.
  [[nodiscard]] virtual std::span<std::byte> landing([[maybe_unused]] std::size_t most) {
    return {};
  }
  /// Takes octets, and stops where it must. @returns how many were used up
  [[nodiscard]] virtual std::size_t consume(octet_view input) = 0;
  /// All octets of one read were offered: deliver what they brought.
  virtual void after_input() = 0;
  /// The peer has shut down its side, and everything it sent was consumed.
  virtual void on_end_of_stream() = 0;
  /// The peer has shut down its side while we do not read. `kept`: octets read and not consumed;
  /// @returns whether what is missing can no longer come (S40)
  [[nodiscard]] virtual bool is_truncated(octet_view kept) = 0;
  /// It is: ends the conversation.
  virtual void on_truncated() = 0;

  /// A message of the current handler. Answer it with socket_actor::answer, now or once octets have
  /// left.
  virtual void on_handler_message(caf::mailbox_element& element, const asker& from) = 0;
  /// The handler acknowledged the outstanding delivery.
  virtual void on_acknowledged() = 0;
  /// No former handler holds a delivery any more.
  virtual void on_slot_given_back() {}
  /// The handler answered the outstanding delivery with an error: it takes no data.
  virtual void on_rejected(const caf::error& why) = 0;
  /// The handler has ended.
  virtual void on_handler_down(const caf::error& why, bool was_cancelled) = 0;

  /// Moves octets that wait inside into the output queue, if there is room below the low-water
  /// mark.
  virtual void fill_output() {}
  /// Octets that wait inside for the output queue.
  [[nodiscard]] virtual std::size_t unsent() const { return 0; }

  /// Whose turn it is, if it is anybody's: what the one running deadline is for.
  [[nodiscard]] virtual std::optional<wait> awaited() const = 0;
  [[nodiscard]] virtual duration patience(wait which) const = 0;
  /// Octets a second that refill the time of `which`, for content and write; 0: any octet does.
  [[nodiscard]] virtual std::uint64_t rate(wait which) const = 0;
  virtual void on_deadline(wait which) = 0;

  /// The server is stopping: end as soon as what is under way allows (S59).
  virtual void on_drain() = 0;
  /// The connection is gone; the last call. Only bookkeeping is left to do.
  virtual void on_gone(cancel_reason reason) = 0;

  /// What takes over from here, after an upgrade.
  [[nodiscard]] virtual std::unique_ptr<conversation> take_successor() { return nullptr; }
};

} // namespace sluice

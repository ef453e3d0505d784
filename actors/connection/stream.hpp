#pragma once

#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/connection/bond.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/stream_table.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/observe/handler_observer.hpp"

#include <utility>

namespace sluice {

struct mail;
struct request;
struct stall;

/// Whom a stream tells of its handler: the exchange or the WebSocket that the stream is of.
class stream_user {
public:
  /// A message of the handler, which was not cancelled. Answer it, now or once octets have left.
  virtual void on_handler_message(const mail& said, const asker& from) = 0;
  /// The handler acknowledged the outstanding delivery.
  virtual void on_acknowledged() = 0;
  /// The handler answered the outstanding delivery with an error: it takes no data.
  virtual void on_rejected(const caf::error& why) = 0;
  /// The handler has ended.
  virtual void on_handler_down(const caf::error& why, bool was_cancelled) = 0;

protected:
  ~stream_user() = default;
};

/// One exchange's, or one WebSocket's, bond with its handler: its start, the one pending data
/// message, its cancellation. States: see bond; and `detach` leaves the handler to the table, and
/// the stream without one. It is in its connection's table as long as it lives.
class stream {
public:
  stream(stream_table& table, stream_user& user) noexcept
    : table_{table}, user_{user}, next_{std::exchange(table.first_, this)} {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() {
    auto** place = &table_.first_;
    while (*place != this)
      place = &(*place)->next_;
    *place = next_;
  }

  /// Spawns a handler for `head`, which will tell of its end. Throws std::system_error if it needs
  /// a thread and there is none. @pre !has_handler()
  void start(const endpoint& target, request&& head);
  /// The exchange is over: what the handler does from now on is its own affair. What it still asks
  /// for is refused; until it acknowledges what it was given nobody else is given anything (S1).
  /// @pre !is_cancelled()
  void detach();

  [[nodiscard]] bool has_handler() const noexcept { return bond_.is != bond::state::none; }
  [[nodiscard]] bool is_cancelled() const noexcept { return bond_.is >= bond::state::cancelled; }
  /// Whether a data message may be delivered now.
  [[nodiscard]] bool can_deliver() const noexcept {
    return bond_.is == bond::state::running && bond_.given.is_empty();
  }
  /// The handler is told when the server stops, and ends by itself.
  [[nodiscard]] bool expects_stop() const noexcept { return bond_.expects_stop; }
  /// A delivery is outstanding.
  [[nodiscard]] bool is_stalled() const noexcept { return !bond_.given.is_empty(); }

  /// Sends a data message as a request and fills the slot. @pre can_deliver()
  template <class Message>
  void deliver(Message content) {
    const auto id = table_.owner_.new_request_id(caf::message_priority::normal);
    bond_.given.deliver(id.response_id().integer_value());
    bond_.given_at = table_.context_.loop.now();
    if (auto* observer = table_.context_.observer)
      observer->on_delivered(table_.owner_.id(), content.content.text(), kind_of(content));
    table_.send(bond_, internal::make_element(table_.own_address(), id, std::move(content)));
  }

  /// Sends a control message with high priority, outside the slot (S2). One that is to end hears
  /// nothing more.
  template <class Message>
  void notify(Message content) {
    if (bond_.is == bond::state::running)
      table_.send_control(bond_, std::move(content));
  }

  /// Tells the handler to end and gives it its grace period, once (S44, S45).
  void cancel(cancel_reason reason);
  /// The handler, which is cancelled, has sent `octets` that do nothing.
  void note_vain(std::size_t octets);
  /// The handler has ended. @returns whether it was cancelled before
  bool on_down(const caf::error& why);

  /// Answers what its handler has asked for.
  void answer(const asker& to) { table_.answer(to); }
  void answer(const asker& to, caf::error why) { table_.answer(to, std::move(why)); }

  /// Fills in what is known of its handler.
  void describe(stall& into) const;

  [[nodiscard]] stream_user& user() const noexcept { return user_; }
  /// Calls with the observer, if there is one, and its connection's id.
  template <class Call>
  void tell_observer(Call call) const {
    if (auto* const observer = table_.context_.observer)
      call(*observer, table_.owner_.id());
  }

  /// As observers call it.
  [[nodiscard]] static delivery_kind kind_of(const chunk&) noexcept { return delivery_kind::chunk; }
  [[nodiscard]] static delivery_kind kind_of(const message& said) noexcept {
    return said.kind == message_kind::text ? delivery_kind::text : delivery_kind::binary;
  }

private:
  friend stream_table;

  stream_table& table_;
  stream_user& user_;
  stream* next_ = nullptr; ///< in the table
  bond bond_;
};

} // namespace sluice

#pragma once

#include "sluice/actors/caf/pooled_element.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/actors/messages/handler_observer.hpp"
#include "sluice/actors/messages/slot.hpp"

#include <caf/actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice {

struct counters;
struct handler_context;

/// A connection's side of the bond with its current handler: the slot, deliveries and
/// acknowledgements, cancellation. States: none -> running (attach) -> cancelled (cancel) -> none
/// (the handler's end), or running -> none (forget).
class handler_link {
public:
  /// `owner`: the socket actor that deliveries come from; `observer`: may be null.
  handler_link(caf::local_actor& owner, caf::execution_unit& unit, counters& count,
               handler_observer* observer) noexcept
    : owner_{owner}, unit_{unit}, count_{count}, observer_{observer} {}

  /// Spawns a handler, which will tell of its end. @pre !is_attached()
  void attach(caf::actor_system& system, handler_context&& context);
  /// The exchange is over: what the handler does from now on is its own affair.
  void forget();

  [[nodiscard]] bool is_attached() const noexcept { return static_cast<bool>(handler_); }
  [[nodiscard]] bool is_cancelled() const noexcept { return cancelled_; }
  [[nodiscard]] bool is_current(const caf::strong_actor_ptr& who) const noexcept;
  [[nodiscard]] bool is_current(const caf::actor_addr& who) const noexcept;

  /// Whether a data message may be delivered now.
  [[nodiscard]] bool can_deliver() const noexcept {
    return handler_ && !cancelled_ && slot_.is_empty();
  }
  /// A delivery is outstanding.
  [[nodiscard]] bool is_stalled() const noexcept { return !slot_.is_empty(); }

  /// Sends a data message as a request and fills the slot. @pre can_deliver()
  template <class Message>
  void deliver(Message content) {
    const auto id = owner_.new_request_id(caf::message_priority::normal);
    slot_.deliver(id.response_id().integer_value());
    if (observer_ != nullptr)
      observer_->on_delivered(owner_.id(), content.content.text());
    enqueue(handler_, internal::make_element(owner_ref(), id, std::move(content)));
  }

  /// Sends a control message with high priority, outside the slot (S2).
  template <class Message>
  void notify(Message content) {
    if (handler_ && !cancelled_)
      send_control(handler_, std::move(content));
  }

  /// Judges a response: an acknowledgement, if it is accepted.
  [[nodiscard]] acknowledgement on_response(const caf::mailbox_element& element);

  /// Tells the handler to end, once; returns false if it was told before or there is none (S44).
  bool cancel(cancel_reason reason);
  /// Ends the current handler, which outlived its grace period. @returns false if it was ended before
  bool kill();
  /// Ends former ones as well.
  void kill_all();
  /// The current handler has ended.
  void on_down(const caf::error& why);

  /// Judges a response of a former handler, if it is one's: what it acknowledges late earns no
  /// credit, but it holds that no more (S1, S3). @returns whether it was one's
  bool on_former_response(const caf::mailbox_element& element);
  /// Whether a former handler has yet to acknowledge what it was given: until then nobody else is
  /// given anything (S1).
  [[nodiscard]] bool is_held_by_former() const noexcept;

  /// Whether so many work on after their answer that no further request is to start (S61).
  [[nodiscard]] bool has_many_former() const noexcept { return former_.size() >= most_former; }

  /// Whether a handler whose exchange is over still runs.
  [[nodiscard]] bool has_former() const noexcept { return !former_.empty(); }
  [[nodiscard]] bool is_former(const caf::strong_actor_ptr& who) noexcept;
  /// Tells the former handler `who` to end, once (S44). @returns false if it was told before or is
  /// none
  bool cancel_former(const caf::strong_actor_ptr& who, cancel_reason reason);
  /// Tells every former handler to end that was not told before.
  void cancel_all_former(cancel_reason reason);
  /// Ends the former ones that were told to and have not. @returns whether there was one
  bool kill_told_former();
  /// A handler has ended. @returns whether it was a former one
  bool on_former_down(const caf::actor_addr& who);

private:
  /// A handler whose exchange is over, but not its work.
  struct former {
    caf::actor handler;
    std::optional<slot::delivery> holds; ///< delivered and not acknowledged
    bool is_told = false;                ///< to end
    bool is_killed = false;
  };

  static constexpr std::size_t most_former = 16;

  /// The former handler that `who` is; null if it is none.
  [[nodiscard]] former* find_former(const caf::strong_actor_ptr& who) noexcept;
  bool tell(former& each, cancel_reason reason);
  void let_go();
  [[nodiscard]] caf::strong_actor_ptr owner_ref() const;
  bool kill(const caf::actor& handler, bool& is_killed);
  void enqueue(const caf::actor& to, caf::mailbox_element_ptr element);
  template <class Message>
  void send_control(const caf::actor& to, Message content) {
    enqueue(to,
            internal::make_element(owner_ref(), caf::make_message_id(caf::message_priority::high),
                                   std::move(content)));
  }

  caf::local_actor& owner_;
  caf::execution_unit& unit_;
  counters& count_;
  handler_observer* const observer_;
  caf::actor handler_;
  bool cancelled_ = false;
  bool killed_ = false;
  slot slot_;
  std::vector<former> former_;
};

} // namespace sluice

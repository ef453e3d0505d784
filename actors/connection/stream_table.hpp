#pragma once

#include "sluice/actors/caf/pooled_element.hpp"
#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/connection/bond.hpp"
#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace sluice {

class stream;
struct loop_context;

/// All handlers of a connection: those of its streams, and detached ones, whose exchange is over
/// but not their work. Finds whose a message is; cancels and kills.
class stream_table {
public:
  /// `owner`: the actor that handlers know as their connection. Both outlive the table.
  stream_table(caf::local_actor& owner, loop_context& context) noexcept
    : owner_{owner}, context_{context} {}
  stream_table(const stream_table&) = delete;
  stream_table& operator=(const stream_table&) = delete;

  /// Whether any handler still runs.
  [[nodiscard]] bool has_handlers() const noexcept;
  [[nodiscard]] bool has_detached() const noexcept { return !detached_.empty(); }
  [[nodiscard]] std::size_t count_detached() const noexcept { return detached_.size(); }
  /// Calls with each actor whose reply a handler waits for.
  void for_each_asked(const std::function<void(caf::actor_id)>& call) const;
  /// Whether no further exchange is to start: a detached handler has yet to acknowledge what it was
  /// given (S1), or so many work on that there are to be no more (S61).
  [[nodiscard]] bool is_held_up() const noexcept {
    return has_detached() && (detached_.size() >= most_detached || awaits_detached());
  }

  // -- what handlers say --------------------------------------------------------

  /// The stream whose handler `who` is; null if it is none's.
  [[nodiscard]] stream* find(const caf::strong_actor_ptr& who) const noexcept;
  [[nodiscard]] stream* find(const caf::actor_addr& who) const noexcept;
  [[nodiscard]] bool is_detached(const caf::strong_actor_ptr& who) noexcept {
    return find_detached(who) != nullptr;
  }

  /// Judges a response to a delivery. What is late or comes from somebody else earns no credit
  /// (S3).
  /// @returns the stream whose outstanding delivery it answers; null if there is none
  [[nodiscard]] stream* on_response(const caf::mailbox_element& element);
  /// A detached handler has ended. @returns false if `who` is none
  [[nodiscard]] bool remove_detached(const caf::actor_addr& who, const caf::error& why);

  /// Answers what a handler, or somebody else, has asked for.
  void answer(const asker& to);
  void answer(const asker& to, caf::error why);

  /// The handler `who` is to be told when the server stops: now, if it does already.
  void expect_stop(const caf::strong_actor_ptr& who, bool is_stopping);
  /// The server stops: tells those that expect it.
  void tell_of_stop();

  // -- how they end ---------------------------------------------------------------

  /// Cancels the handlers of all streams.
  void cancel_streams(cancel_reason reason);
  /// Tells every detached handler to end that was not told before.
  void cancel_detached(cancel_reason reason);
  /// Tells the detached handler `who`, if it is one.
  void cancel_detached(const caf::strong_actor_ptr& who, cancel_reason reason);
  /// Kills every handler that still runs.
  void kill_all();
  /// When the first grace period is over; far away if there is none.
  [[nodiscard]] time_point next_grace() const noexcept;
  /// Kills those whose grace period is over. One that there was no memory for has some more.
  /// @returns whether any was killed
  bool kill_overdue(time_point now);

private:
  friend stream; // which is one entry of it

  /// Detached handlers that work on at once.
  static constexpr std::size_t most_detached = 16;

  [[nodiscard]] bool awaits_detached() const noexcept;
  /// The detached handler that `who` is; null if it is none.
  [[nodiscard]] bond* find_detached(const caf::strong_actor_ptr& who) noexcept;
  void on_detached_response(bond& which, slot::delivery id);
  [[nodiscard]] caf::strong_actor_ptr own_address() const;
  void send(const bond& to, caf::mailbox_element_ptr element);
  /// Sends a control message with high priority, outside the slot (S2).
  template <class Message>
  void send_control(const bond& to, Message content) {
    send(to,
         internal::make_element(own_address(), caf::make_message_id(caf::message_priority::high),
                                std::move(content)));
  }
  /// @returns false if it was told before or there is none
  bool cancel(bond& which, cancel_reason reason);
  void kill(bond& which);
  template <class Call>
  void for_each_stream(Call call);
  template <class Call>
  void for_each_bond(Call call);

  caf::local_actor& owner_;
  loop_context& context_;
  stream* first_ = nullptr; ///< a list: on HTTP/1.1 and WebSockets of one
  std::vector<bond> detached_;
};

} // namespace sluice

#pragma once

#include "sluice/actors/caf/element_queue.hpp"
#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/caf/pooled_element.hpp"
#include "sluice/actors/handler/awaitable.hpp"
#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/memory/block_cache.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/response_promise.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace sluice {

class inbox_base;
class loop_delay;

/// A coroutine handler is an actor whose messages resume its coroutine. It waits for at most one
/// awaitable at a time, and looks after each message whether that is ready. `cancelled` destroys
/// the coroutine where it is suspended, so that its locals are destroyed, and ends the actor.
///
/// What both kinds of coroutine handler share: running the coroutine, answers to its requests,
/// delays, inboxes, and children.
class coroutine_actor : public handler_actor, public pinned_actor {
public:
  coroutine_actor(caf::actor_config& config, handler_context&& context);
  ~coroutine_actor() override;

  void launch(caf::execution_unit* unit, bool is_lazy, bool is_hidden) override;
  void initialize() override;
  void on_exit() override;
  /// Every message passes here. What a connection sends is taken by hand: a behavior, a promise and
  /// a response handler for each cost more than the rest of a request.
  caf::invoke_message_result consume(caf::mailbox_element& element) override;
  // On a loop messages wait in queues of this actor's, which no other thread touches; what comes
  // from elsewhere is passed on by the loop. Without one they wait in CAF's mailbox.
  using handler_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override;
  void receive(caf::mailbox_element_ptr element) override;
  caf::strong_actor_ptr keep_alive() override { return caf::strong_actor_ptr{ctrl()}; }
  resume_result resume(caf::execution_unit* unit, std::size_t most) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override;

  [[nodiscard]] handler_doing doing() const noexcept override;

  /// The coroutine goes on once `until` is ready; it lives as long as the coroutine waits.
  void wait(std::coroutine_handle<> waiting, const awaitable& until) noexcept;
  /// A number to begin with among several that are ready: no rhythm of a handler's may favour one.
  [[nodiscard]] std::size_t next_turn() noexcept;

  // A request is known by its ticket until it is forgotten, which may be before its answer comes.

  /// Sends a request to the connection now. @returns its ticket
  template <class Message>
  [[nodiscard]] std::uint64_t ask_connection(Message&& content);
  /// For a request that is sent otherwise: its answer is to be given to `on_answer`.
  [[nodiscard]] std::uint64_t expect_answer();
  /// The request that the ticket is for, and who was asked.
  void set_request(std::uint64_t ticket, caf::message_id id, caf::actor_id whom) noexcept;
  void on_answer(std::uint64_t ticket, caf::error error, caf::message content = {});
  /// Sets a timer. @returns its ticket
  [[nodiscard]] std::uint64_t start_delay(duration length);
  void stop_delay(std::uint64_t ticket) noexcept;
  [[nodiscard]] bool is_answered(std::uint64_t ticket) const noexcept;
  /// Throws handler_fault if the connection refused the request.
  void check_answer(std::uint64_t ticket) const;
  /// @pre is_answered(ticket)
  [[nodiscard]] const caf::error& error_of(std::uint64_t ticket) const noexcept;
  [[nodiscard]] caf::message take_content(std::uint64_t ticket);
  void forget(std::uint64_t ticket) noexcept;

  /// Has the connection tell when the server stops.
  void expect_stop();
  /// It does.
  [[nodiscard]] bool is_draining() const noexcept { return is_draining_; }

  void add_inbox(inbox_base& which);
  void remove_inbox(inbox_base& which) noexcept;
  /// `child` ends with this actor.
  void adopt(const caf::actor& child);

protected:
  /// The coroutine, called once.
  virtual task make_task() = 0;
  /// The coroutine ended by an exception, which is being handled. Reports it: by default as the
  /// reason of this actor's end.
  virtual void on_failure();
  /// A response has come, whether it is still waited for or not; `why`: a refusal.
  virtual void on_response([[maybe_unused]] std::uint64_t ticket,
                           [[maybe_unused]] const caf::error& why) {}
  /// Takes a message of the connection, or of the clock. @returns false if it is neither
  virtual bool on_event(caf::mailbox_element& element, message_type type);
  caf::behavior make_behavior() final;
  /// Goes on with the coroutine if what it waits for is ready.
  void wake();

  /// A data message has come, which its sender wants to be acknowledged.
  void hold_delivery(caf::mailbox_element& element) noexcept;
  /// Acknowledges it, once.
  void acknowledge_delivery();

private:
  struct answer {
    std::uint64_t ticket = 0; ///< the number of the response of the connection, or one of its kind
    caf::message_id request;  ///< to another actor: its response handler goes with the ticket
    caf::actor_id whom = 0;   ///< that actor
    bool is_there = false;
    caf::error error;
    caf::message content;
  };
  [[nodiscard]] const answer* find_answer(std::uint64_t ticket) const noexcept;
  [[nodiscard]] answer* find_answer(std::uint64_t ticket) noexcept;
  [[nodiscard]] caf::actor_id asked() const noexcept;
  [[nodiscard]] caf::mailbox_element_ptr next_element() noexcept;
  [[nodiscard]] std::uint64_t expect_answer(caf::message_id id);
  bool take_response(caf::mailbox_element& element);
  /// Sets the handler for messages that no behavior wants.
  void take_what_others_send();
  /// Gives a message that no behavior wants to an inbox. @returns whether one wants it
  bool deposit(caf::message_view& view);
  void finish_if_done();
  [[nodiscard]] caf::error error_of_destructor(const std::exception_ptr& thrown) const noexcept;
  void end();

  internal::element_queue urgent_; ///< overtakes the others (S44)
  internal::element_queue normal_;
  internal::element_queue skipped_; ///< until another was taken
  bool is_scheduled_ = false;       ///< has a turn on the loop
  bool is_open_to_others_ = false;  ///< a message from elsewhere than the connection has come
  bool expects_stop_ = false;
  bool is_draining_ = false;

  task task_;
  std::coroutine_handle<> waiting_;
  const awaitable* until_ = nullptr; ///< while `waiting_`
  // What other threads may know of it, where it is on none of theirs.
  std::atomic<waiting_for> waits_for_{waiting_for::nothing};
  std::atomic<caf::actor_id> waits_for_whom_{0};
  std::uint32_t turn_ = 0x9e3779b9;                                 ///< never zero
  std::vector<answer, internal::cached_allocator<answer>> answers_; ///< in the order of their
                                                                    ///< tickets
  caf::strong_actor_ptr delivered_by_; ///< of the data message that is not acknowledged
  caf::message_id delivery_;
  std::vector<std::shared_ptr<loop_delay>> delays_;
  std::vector<std::pair<std::uint64_t, caf::message_id>> clock_delays_; ///< without a loop
  std::vector<inbox_base*> inboxes_;
  std::vector<caf::weak_actor_ptr> children_;
};

template <class Message>
std::uint64_t coroutine_actor::ask_connection(Message&& content) {
  static_assert(!std::is_reference_v<Message>, "its content moves on");
  const auto id = new_request_id(caf::message_priority::normal);
  const auto ticket = expect_answer(id);
  caf::actor_cast<caf::abstract_actor*>(connection())
    ->enqueue(
      internal::make_element(caf::strong_actor_ptr{ctrl()}, id, std::forward<Message>(content)),
      context());
  return ticket;
}

/// Answers a request of another actor; a plain message has nobody who waits.
void tell(caf::response_promise& who, caf::error why);

} // namespace sluice

#pragma once

#include "actors/handler/awaitable.hpp"
#include "actors/handler/handler_actor.hpp"
#include "actors/handler/task.hpp"
#include "actors/messages.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/response_promise.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

class inbox_base;
class loop_delay;

/// A coroutine handler is an actor whose behavior resumes its coroutine. It waits for at most one
/// awaitable at a time, and looks after each message whether that is ready. `cancelled` destroys
/// the coroutine where it is suspended, so that its locals are destroyed, and ends the actor.
///
/// What both kinds of coroutine handler share: running the coroutine, answers to its requests,
/// delays, inboxes, and children.
class coroutine_actor : public handler_actor {
public:
  coroutine_actor(caf::actor_config& config, handler_context context);
  ~coroutine_actor() override;

  void initialize() override;
  void on_exit() override;

  /// The coroutine goes on once `until` is ready; it lives as long as the coroutine waits.
  void wait(std::coroutine_handle<> waiting, const awaitable& until) noexcept;
  /// A number to begin with among several that are ready: no rhythm of a handler's may favour one.
  [[nodiscard]] std::size_t next_turn() noexcept;

  // A request is known by its ticket until it is forgotten, which may be before its answer comes.

  /// Sends a request to the connection now. @returns its ticket
  template <class Message>
  [[nodiscard]] std::uint64_t ask_connection(Message content);
  /// For a request that is sent otherwise: its answer is to be given to `on_answer`.
  [[nodiscard]] std::uint64_t expect_answer();
  /// The request that the ticket is for.
  void set_request(std::uint64_t ticket, caf::message_id id) noexcept;
  virtual void on_answer(std::uint64_t ticket, caf::error error, caf::message content = {});
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
  /// Goes on with the coroutine if what it waits for is ready.
  void wake();

private:
  struct answer {
    std::uint64_t ticket = 0;
    caf::message_id request; ///< to another actor: its response handler goes with the ticket
    bool is_there = false;
    caf::error error;
    caf::message content;
  };
  [[nodiscard]] const answer* find_answer(std::uint64_t ticket) const noexcept;
  [[nodiscard]] answer* find_answer(std::uint64_t ticket) noexcept;
  /// Gives a message that no behavior wants to an inbox. @returns whether one wants it
  bool deposit(caf::message_view& view);
  void finish_if_done();

  task task_;
  std::coroutine_handle<> waiting_;
  const awaitable* until_ = nullptr; ///< while `waiting_`
  std::uint32_t turn_ = 0x9e3779b9;  ///< never zero
  std::uint64_t last_ticket_ = 0;
  std::vector<answer> answers_;
  std::vector<std::shared_ptr<loop_delay>> delays_;
  std::vector<std::pair<std::uint64_t, caf::message_id>> clock_delays_; ///< without a loop
  std::vector<inbox_base*> inboxes_;
  std::vector<caf::weak_actor_ptr> children_;
};

template <class Message>
std::uint64_t coroutine_actor::ask_connection(Message content) {
  const auto ticket = expect_answer();
  request(connection(), caf::infinite, std::move(content))
    .then([this, ticket] { on_answer(ticket, {}); },
          [this, ticket](caf::error& error) { on_answer(ticket, std::move(error)); });
  return ticket;
}

/// Answers a request of another actor; a plain message has nobody who waits.
void tell(caf::response_promise& who, caf::error why);

} // namespace sluice

#pragma once

#include "actors/handler/exchange.hpp"
#include "actors/handler/handler_actor.hpp"
#include "actors/handler/outbox.hpp"
#include "actors/handler/task.hpp"
#include "actors/handler/web_socket.hpp"
#include "actors/messages.hpp"

#include <caf/response_promise.hpp>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

// A coroutine handler is an actor whose behavior resumes its coroutine. It waits for at most one
// thing at a time: the next data message, the answer to one of its requests, or a delay.
// `cancelled` destroys the coroutine where it is suspended, so that its locals are destroyed, and
// ends the actor.

/// What both kinds of coroutine handler share: running the coroutine, and waiting for answers and
/// delays.
class coroutine_actor : public handler_actor {
public:
  using handler_actor::handler_actor;
  ~coroutine_actor() override;

  void initialize() override;
  void on_exit() override;

  /// Sends a request to the connection now. @returns the ticket to wait for its answer with
  template <class Message>
  [[nodiscard]] std::uint64_t ask_connection(Message content);

  /// Sets a timer. @returns the ticket to wait with
  [[nodiscard]] std::uint64_t start_delay(duration length);

  [[nodiscard]] bool is_answered(std::uint64_t ticket) noexcept;
  void wait_for(std::uint64_t ticket, std::coroutine_handle<> waiting) noexcept;
  /// Forgets the ticket. Throws handler_fault if the answer was an error.
  void take_answer(std::uint64_t ticket);

  void wait_for_data(std::coroutine_handle<> waiting) noexcept { data_waiter_ = waiting; }

protected:
  /// The coroutine, called once.
  virtual task make_task() = 0;
  /// Resumes whoever waits for a data message, if somebody does.
  void resume_data_waiter();
  void on_cancelled();
  /// An answer has come, or a delay is over.
  virtual void on_answer(std::uint64_t ticket, caf::error error);

private:
  struct answer {
    std::uint64_t ticket = 0;
    bool is_there = false;
    caf::error error;
  };
  [[nodiscard]] std::vector<answer>::iterator find_answer(std::uint64_t ticket) noexcept;
  class pending_delay;
  void run(std::coroutine_handle<> waiting);
  void finish_if_done();

  task task_;
  std::coroutine_handle<> data_waiter_;
  std::coroutine_handle<> answer_waiter_;
  std::uint64_t awaited_ticket_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::vector<answer> answers_;
  std::vector<std::shared_ptr<pending_delay>> delays_;
};

/// Runs an exchange_handler.
class exchange_actor final : public coroutine_actor {
public:
  exchange_actor(caf::actor_config& config, handler_context context);
  void on_exit() override;

  /// Acknowledges the chunk before, if any, and demands the next.
  void demand_chunk();
  /// The response is complete, as far as the handler is concerned.
  void note_answered() noexcept { has_answered_ = true; }
  [[nodiscard]] bool has_chunk() const noexcept { return pending_.has_value() || ended_; }
  [[nodiscard]] std::optional<octets> take_chunk();
  [[nodiscard]] const fields& trailers() const noexcept { return trailers_; }

protected:
  caf::behavior make_behavior() override;
  task make_task() override;

private:
  exchange exchange_;
  std::optional<octets> pending_; ///< delivered, not yet taken by the coroutine
  caf::response_promise credit_;  ///< of the chunk that was delivered last
  bool demanded_ = false;
  bool has_answered_ = false;
  bool ended_ = false;
  fields trailers_;
};

/// Runs a web_socket_handler.
class web_socket_actor final : public coroutine_actor {
public:
  web_socket_actor(caf::actor_config& config, handler_context context);
  void on_exit() override;

  void demand_message();
  /// Sends a message of the handler's own, or a part of one. @returns the ticket of its answer
  [[nodiscard]] std::uint64_t send_own(message content);
  [[nodiscard]] bool has_message() const noexcept {
    return pending_.has_value() || closed_.has_value();
  }
  [[nodiscard]] std::optional<message> take_message();
  [[nodiscard]] const std::optional<closed>& close_event() const noexcept { return closed_; }

protected:
  caf::behavior make_behavior() override;
  task make_task() override;
  void on_answer(std::uint64_t ticket, caf::error error) override;

private:
  void push(outbox::entry next);
  void forward_next();
  void end_forwarding(caf::error why);

  web_socket socket_;
  outbox outbox_;
  std::optional<caf::response_promise> forwarding_; ///< the sender whose message is on its way to
                                                    ///< the kernel
  bool is_in_parts_ = false;    ///< a message of the handler's own has begun: nothing is forwarded
  std::uint64_t last_part_ = 0; ///< the ticket of what ends it
  bool is_too_slow_ = false;    ///< the client, and the connection was told
  std::optional<message> pending_;
  caf::response_promise credit_;
  std::optional<closed> closed_;
};

template <class Message>
std::uint64_t coroutine_actor::ask_connection(Message content) {
  const auto ticket = ++last_ticket_;
  answers_.push_back({ticket, false, {}});
  request(connection(), caf::infinite, std::move(content))
    .then([this, ticket] { on_answer(ticket, {}); },
          [this, ticket](caf::error& error) { on_answer(ticket, std::move(error)); });
  return ticket;
}

} // namespace sluice

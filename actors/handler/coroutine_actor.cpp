#include "actors/handler/coroutine_actor.hpp"

#include "actors/event_loop.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/atom.hpp>
#include <caf/behavior.hpp>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <memory>
#include <utility>

namespace sluice {

namespace {

using delay_over = caf::atom_constant<caf::atom("delayover")>;

/// Answers a request of another actor; a plain message has nobody who waits.
void tell(caf::response_promise& who, caf::error why) {
  if (!who.pending() || who.async())
    return;
  if (why)
    who.deliver(std::move(why));
  else
    who.deliver(caf::unit);
}

} // namespace

// -- coroutine_actor -----------------------------------------------------------

/// A delay on the connection's loop, whose thread alone touches its timer. Ends with its handler.
class coroutine_actor::pending_delay final : private timer,
                                             public std::enable_shared_from_this<pending_delay> {
public:
  pending_delay(coroutine_actor& self, std::uint64_t ticket)
    : loop_{*self.time_keeper()},
      who_{caf::actor_cast<caf::weak_actor_ptr>(caf::actor{&self})},
      ticket_{ticket} {}

  void start(duration length) {
    const auto now = loop_.is_current_thread() ? loop_.now() : loop_.exact_time();
    on_loop([due = now + length](pending_delay& self) { self.loop_.timers().arm(self, due); });
  }
  /// The last call: whoever drops it then drops no armed timer, but on the loop.
  void stop() {
    on_loop([](pending_delay& self) { self.loop_.timers().disarm(self); });
  }
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

private:
  template <class Call>
  void on_loop(Call call) {
    if (loop_.is_current_thread())
      call(*this);
    else
      post_call(loop_, [call, self = shared_from_this()] { call(*self); });
  }

  void on_due(time_point) override {
    // As a message: the coroutine runs only inside its actor.
    if (const auto who = who_.lock())
      who->enqueue(nullptr, caf::make_message_id(), caf::make_message(delay_over::value, ticket_),
                   nullptr);
    is_over_ = true; // the last: from now on the handler may drop this
  }

  event_loop& loop_;
  const caf::weak_actor_ptr who_;
  const std::uint64_t ticket_;
  std::atomic<bool> is_over_{false};
};

coroutine_actor::~coroutine_actor() = default;

void coroutine_actor::initialize() {
  set_default_handler(caf::drop); // a message that nobody wants is an error to who sent it
  handler_actor::initialize();
  task_ = make_task();
  if (task_)
    task_.start();
  finish_if_done();
}

void coroutine_actor::on_exit() {
  data_waiter_ = {};
  answer_waiter_ = {};
  for (const auto& delay : delays_)
    delay->stop();
  delays_.clear();
  // Destroys the coroutine where it is suspended: its locals go before the actor does.
  task_ = task{};
  handler_actor::on_exit();
}

std::uint64_t coroutine_actor::start_delay(duration length) {
  const auto ticket = ++last_ticket_;
  answers_.push_back({ticket, false, {}});
  if (time_keeper() == nullptr) {
    // Not delayed_send: its message would keep the ended handler until it is due. The time limit of
    // a request ends with its actor; this request is never sent.
    const auto id = new_request_id(caf::message_priority::normal).response_id();
    add_multiplexed_response_handler(
      id, caf::behavior{[this, ticket](caf::error&) { on_answer(ticket, {}); }});
    clock().set_request_timeout(clock().now() + length, this, id);
    return ticket;
  }
  std::erase_if(delays_, [](const auto& delay) { return delay->is_over(); });
  delays_.push_back(std::make_shared<pending_delay>(*this, ticket));
  delays_.back()->start(length);
  return ticket;
}

auto coroutine_actor::find_answer(std::uint64_t ticket) noexcept -> std::vector<answer>::iterator {
  return std::find_if(answers_.begin(), answers_.end(),
                      [=](const answer& a) { return a.ticket == ticket; });
}

bool coroutine_actor::is_answered(std::uint64_t ticket) noexcept {
  const auto found = find_answer(ticket);
  return found == answers_.end() || found->is_there;
}

void coroutine_actor::wait_for(std::uint64_t ticket, std::coroutine_handle<> waiting) noexcept {
  awaited_ticket_ = ticket;
  answer_waiter_ = waiting;
}

void coroutine_actor::take_answer(std::uint64_t ticket) {
  const auto found = find_answer(ticket);
  if (found == answers_.end())
    return;
  const auto error = std::move(found->error);
  answers_.erase(found);
  // A connection that is gone answers with an error of CAF; the cancellation that ends this handler
  // is on its way.
  if (const auto why = refusal_of(error))
    throw handler_fault{*why};
}

void coroutine_actor::on_answer(std::uint64_t ticket, caf::error error) {
  const auto found = find_answer(ticket);
  if (found == answers_.end())
    return;
  if (error) {
    found->is_there = true;
    found->error = std::move(error);
  } else {
    answers_.erase(found); // no trace is left of what nobody waits for
  }
  if (answer_waiter_ && awaited_ticket_ == ticket)
    run(std::exchange(answer_waiter_, {}));
}

void coroutine_actor::resume_data_waiter() {
  if (data_waiter_)
    run(std::exchange(data_waiter_, {}));
}

void coroutine_actor::run(std::coroutine_handle<> waiting) {
  waiting.resume();
  finish_if_done();
}

void coroutine_actor::finish_if_done() {
  if (!task_.is_done())
    return;
  const auto ended = std::exchange(task_, task{});
  try {
    ended.rethrow();
    quit();
  } catch (const std::exception& failure) {
    quit(caf::make_error(caf::sec::runtime_error, std::string{failure.what()}));
  } catch (...) {
    quit(caf::make_error(caf::sec::runtime_error,
                         std::string{"something that is no std::exception was thrown"}));
  }
}

void coroutine_actor::on_cancelled() {
  quit();
}

// -- exchange_actor ------------------------------------------------------------

exchange_actor::exchange_actor(caf::actor_config& config, handler_context context)
  : coroutine_actor{config, std::move(context)}, exchange_{*this} {}

void exchange_actor::on_exit() {
  credit_ = {}; // a promise holds its actor: unanswered it would keep the actor for ever
  coroutine_actor::on_exit();
}

task exchange_actor::make_task() {
  return std::get<exchange_handler>(target().handler)(exchange_);
}

caf::behavior exchange_actor::make_behavior() {
  return {
    [this](chunk& piece) {
      credit_ = make_response_promise();
      pending_ = std::move(piece.content);
      resume_data_waiter();
    },
    [this](end_of_content& end) {
      ended_ = true;
      trailers_ = std::move(end.trailers);
      resume_data_waiter();
    },
    [this](const cancelled&) { on_cancelled(); },
    [this](delay_over, std::uint64_t ticket) { on_answer(ticket, {}); },
  };
}

void exchange_actor::demand_chunk() {
  if (pending_ || ended_)
    return;
  if (!demanded_) {
    demanded_ = true;
    send(connection(), read_content{});
    return;
  }
  if (credit_.pending())
    credit_.deliver(caf::unit);
  // Nothing comes after the response: the connection ends who would wait for it for ever.
  if (has_answered_)
    send(connection(), read_content{});
}

std::optional<octets> exchange_actor::take_chunk() {
  return std::exchange(pending_, std::nullopt);
}

// -- web_socket_actor ----------------------------------------------------------

web_socket_actor::web_socket_actor(caf::actor_config& config, handler_context context)
  : coroutine_actor{config, std::move(context)}, socket_{*this}, outbox_{target().limits.push} {}

void web_socket_actor::on_exit() {
  credit_ = {};
  // Who waits for its message to leave hears that it will not (S49).
  end_forwarding(caf::sec::request_receiver_down);
  while (auto left = outbox_.pop())
    tell(left->sender, caf::sec::request_receiver_down);
  coroutine_actor::on_exit();
}

task web_socket_actor::make_task() {
  return std::get<web_socket_handler>(target().handler)(socket_);
}

caf::behavior web_socket_actor::make_behavior() {
  return {
    [this](message& next) {
      credit_ = make_response_promise();
      pending_ = std::move(next);
      resume_data_waiter();
    },
    [this](closed& event) {
      closed_ = std::move(event);
      resume_data_waiter();
    },
    [this](const cancelled&) { on_cancelled(); },
    [this](send_message& pushed) {
      push({std::move(pushed), make_response_promise()});
    },
    [this](delay_over, std::uint64_t ticket) { on_answer(ticket, {}); },
  };
}

void web_socket_actor::demand_message() {
  if (!pending_ && credit_.pending())
    credit_.deliver(caf::unit);
}

std::optional<message> web_socket_actor::take_message() {
  return std::exchange(pending_, std::nullopt);
}

std::uint64_t web_socket_actor::send_own(message content) {
  const auto is_last = content.is_last;
  const auto ticket = ask_connection(send_message{std::move(content)});
  if (is_in_parts_ || !is_last) {
    is_in_parts_ = true;
    last_part_ = is_last ? ticket : 0;
  }
  return ticket;
}

void web_socket_actor::on_answer(std::uint64_t ticket, caf::error error) {
  if (ticket == last_part_) {
    last_part_ = 0;
    is_in_parts_ = static_cast<bool>(error); // refused: the handler owes it still
  }
  coroutine_actor::on_answer(ticket, std::move(error));
  if (!forwarding_)
    forward_next();
}

void web_socket_actor::push(outbox::entry next) {
  // Parts of several senders would mix.
  if (!next.content.content.is_last)
    return tell(next.sender, make_error(refusal::malformed));
  std::vector<outbox::entry> victims;
  const auto outcome = outbox_.push(std::move(next), victims);
  for (auto& victim : victims)
    tell(victim.sender, make_error(refusal::output_full));
  if (outcome == outbox::outcome::overflow) {
    if (std::exchange(is_too_slow_, true))
      return;
    request(connection(), caf::infinite, send_close{close_code::try_again_later, "too slow"})
      .then([] {}, [](caf::error&) {});
    return;
  }
  if (!forwarding_)
    forward_next();
}

void web_socket_actor::forward_next() {
  if (is_in_parts_)
    return;
  auto next = outbox_.pop();
  if (!next)
    return;
  forwarding_ = std::move(next->sender);
  request(connection(), caf::infinite, std::move(next->content))
    .then(
      [this] {
        end_forwarding({});
        forward_next();
      },
      [this](caf::error& error) {
        end_forwarding(std::move(error));
        forward_next();
      });
}

void web_socket_actor::end_forwarding(caf::error why) {
  if (auto waiting = std::exchange(forwarding_, std::nullopt))
    tell(*waiting, std::move(why));
}

} // namespace sluice

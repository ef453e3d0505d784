#include "sluice/actors/connection/socket_actor.hpp"

#include "sluice/actors/caf/bare_element.hpp"
#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/handler/handler_actor.hpp"
#include "sluice/actors/http/http_conversation.hpp"
#include "sluice/actors/messages/counters.hpp"
#include "sluice/actors/messages/journal.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/sec.hpp>

#include <cassert>
#include <new>
#include <system_error>
#include <utility>

#include <sys/epoll.h>

namespace sluice {

namespace {

/// Rounds of reading and writing in one turn, before others have theirs (S52).
constexpr int rounds_per_turn = 4;

/// What a message from a handler adds to the output.
std::size_t octets_in(const caf::mailbox_element& element) {
  const auto& content = element.content();
  const message_type type{content};
  if (type.is<response_content>())
    return content.get_as<response_content>(0).content.size();
  if (type.is<send_message>())
    return content.get_as<send_message>(0).content.size();
  if (type.is<struct respond>()) {
    const auto& whole = content.get_as<struct respond>(0).whole;
    return whole.fields.octets() + whole.content.size();
  }
  if (type.is<begin_response>())
    return content.get_as<begin_response>(0).fields.octets();
  if (type.is<end_response>())
    return content.get_as<end_response>(0).trailers.octets();
  return 0;
}

/// What the protocol itself bounds: an acknowledgement for a delivery, one end for an actor.
bool is_bounded(const caf::mailbox_element& element) {
  const message_type type{element.content()};
  return element.mid.is_response() || type.is<caf::down_msg>() || type.is<caf::exit_msg>();
}

} // namespace

socket_actor::socket_actor(caf::actor_config& config, loop_context& context,
                           connection_owner& owner, std::unique_ptr<transport> stream,
                           std::string peer)
  : caf::local_actor{config},
    context_{context},
    owner_{owner},
    transport_{std::move(stream)},
    peer_{std::move(peer)},
    link_{*this, context.loop, context.count, context.observer},
    conversation_{std::make_unique<http_conversation>(*this)},
    window_{context.limits.low_water, context.limits.high_water, context.limits.output_cap,
            context.limits.control_reserve} {
  caf::local_actor::context(&context.loop);
  context_.count.connection_actors.fetch_add(1);
}

socket_actor::~socket_actor() {
  auto& count = context_.count;
  (phase_ == phase::ended ? count.connections_kept : count.connection_actors).fetch_sub(1);
}

void socket_actor::launch(caf::execution_unit*, bool, bool) {
  // Nothing to schedule: the loop calls it.
}

template <class Step>
void socket_actor::take_turn(Step step) {
  assert(!running_);
  const auto hold = keep_alive(); // the step may end the actor, and its owner let go of it
  running_ = true;
  try {
    step();
    wind_up();
  } catch (const std::bad_alloc&) {
    give_up();
  }
  running_ = false;
}

// What the step left to do: read on, write, judge the clocks, end.
void socket_actor::wind_up() {
  if (std::exchange(changes_nothing_, false))
    return;
  auto rounds = 0;
  do {
    pump();
    flush();
  } while (feedable() > 0 && ++rounds < rounds_per_turn);
  if (rounds == rounds_per_turn)
    continue_later();
  settle();
  end_if_done();
}

// Memory was refused somewhere in this turn, which is left half done: the connection ends, and it
// alone. What it then owes to its handler needs memory as well: it is tried until there is some.
void socket_actor::give_up() {
  if (phase_ != phase::closed && phase_ != phase::ended)
    context_.count.connections_starved.fetch_add(1);
  try {
    leave(cancel_reason::no_memory, true);
  } catch (const std::bad_alloc&) {}
  // A former handler may wait for what this turn did not come to.
  owed_.to_formers = link_.has_former();
  if (owed_.to_formers && !owed_.end)
    owed_.end = cancel_reason::no_memory;
  settle();
  if (owes_anything())
    context_.loop.timers().arm(*this, context_.loop.now() + without_memory);
  end_if_done();
}

// -- for its owner ----------------------------------------------------------------

bool socket_actor::open() {
  if (transport_->watch(context_.loop, *this)) {
    transport_->close();
    end();
    return false;
  }
  take_turn([] {});
  return true;
}

void socket_actor::drain() {
  take_turn([this] {
    draining_ = true;
    if (phase_ == phase::open)
      conversation_->on_drain();
  });
}

void socket_actor::drop(cancel_reason reason) {
  take_turn([this, reason] {
    link_.cancel_all_former(reason);
    leave(reason, true);
  });
}

void socket_actor::kill_handlers() {
  take_turn([this] {
    owed_.kills = true;
    settle_debts();
  });
}

// -- messages ---------------------------------------------------------------------

void socket_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  // One that has ended is answered for, and may have outlived its loop's thread.
  if (getf(is_cleaned_up_flag))
    return caf::detail::sync_request_bouncer{caf::error{}}(*element);
  // A message from this loop is handled at once, unless others wait or the actor is at work: a
  // handler that floods fills its connection's output cap, not a mailbox (S48).
  if (context_.loop.is_current_thread() && !running_
      && queued_.load(std::memory_order_relaxed) == 0) {
    take_turn([&] { on_message(*element); });
    return;
  }
  const auto size = octets_in(*element);
  // A demand is not answered: refused, it would be lost. Places are kept for it.
  const auto is_demand = message_type{element->content()}.is<read_content>()
                         && queued_.load(std::memory_order_relaxed) < 2 * most_waiting_sends;
  if (!is_bounded(*element) && !is_demand && !may_queue(size))
    return answer({element->sender, element->mid}, make_error(refusal::output_full));
  queued_.fetch_add(1, std::memory_order_relaxed);
  queued_octets_.fetch_add(size, std::memory_order_relaxed);
  context_.loop.post(*this, std::move(element));
}

// For senders on any thread: what one sends without waiting piles up neither in the output nor in
// the loop's queue (S48).
bool socket_actor::may_queue(std::size_t octets) const noexcept {
  const auto taken = queued_octets_.load(std::memory_order_relaxed)
                     + held_octets_.load(std::memory_order_relaxed);
  const auto cap = context_.limits.output_cap + context_.limits.low_water; // see admits_first
  return queued_.load(std::memory_order_relaxed) < most_waiting_sends
         && (octets == 0 || (octets <= cap && taken <= cap - octets));
}

void socket_actor::receive(caf::mailbox_element_ptr element) {
  queued_.fetch_sub(1, std::memory_order_relaxed);
  queued_octets_.fetch_sub(octets_in(*element), std::memory_order_relaxed);
  take_turn([&] { on_message(*element); });
}

void socket_actor::on_message(caf::mailbox_element& element) {
  auto& content = element.content();
  if (element.mid.is_response())
    return on_response(element);
  const message_type type{content};
  if (type.is<caf::down_msg>()) {
    const auto& down = content.get_as<caf::down_msg>(0);
    return on_down(down.source, down.reason);
  }
  if (type.is<caf::exit_msg>())
    return leave(cancel_reason::draining, true);
  const asker from{element.sender, element.mid};
  if (phase_ == phase::ended)
    return answer(from, caf::make_error(caf::sec::request_receiver_down));
  if (!link_.is_current(element.sender)) {
    // A handler that has answered and still wants content would wait for ever.
    if (type.is<read_content>() && link_.cancel_former(element.sender, cancel_reason::answered))
      deadlines_.start(wait::former_grace, context_.loop.now(),
                       conversation_->patience(wait::cancel_grace));
    return answer(from, make_error(link_.is_former(element.sender) ? refusal::already_answered
                                                                   : refusal::not_current));
  }
  // After cancel a handler's sends do nothing and do not fail (S45).
  if (link_.is_cancelled() || phase_ != phase::open)
    return answer(from);
  conversation_->on_handler_message(element, from);
}

void socket_actor::on_response(caf::mailbox_element& element) {
  const auto& content = element.content();
  const auto is_error = message_type{content}.is<caf::error>();
  // Nobody answers for a handler that ended with the delivery in its mailbox, but CAF; its down
  // message says so as well.
  if (is_error && !element.sender)
    return;
  if (link_.on_former_response(element))
    return give_slot_back();
  if (link_.on_response(element) != acknowledgement::accepted || phase_ != phase::open)
    return;
  note_progress(wait::handler);
  if (is_error)
    conversation_->on_rejected(content.get_as<caf::error>(0));
  else
    conversation_->on_acknowledged();
}

void socket_actor::give_slot_back() {
  if (phase_ == phase::open && !link_.is_held_by_former())
    conversation_->on_slot_given_back();
}

void socket_actor::on_down(const caf::actor_addr& who, const caf::error& why) {
  const auto held = link_.is_held_by_former();
  const auto is_waited_for = held || link_.has_many_former();
  if (link_.on_former_down(who)) {
    if (context_.observer != nullptr)
      context_.observer->on_ended(id(), why, held && !link_.is_held_by_former());
    if (why)
      context_.log.report(severity::error,
                          "a handler failed after its answer: " + context_.system.render(why));
    if (is_waited_for)
      return give_slot_back();
    changes_nothing_ = phase_ == phase::open; // last: a turn that memory was refused to winds up
    return;
  }
  if (!link_.is_current(who))
    return;
  const auto was_cancelled = link_.is_cancelled();
  link_.on_down(why);
  deadlines_.stop(wait::cancel_grace);
  // Nobody waits for its answer any more, but its failure is told.
  if (was_cancelled && why == caf::sec::runtime_error) {
    context_.count.handler_failures.fetch_add(1);
    context_.log.report(severity::error,
                        "a cancelled handler failed: " + context_.system.render(why));
  }
  if (phase_ == phase::open)
    conversation_->on_handler_down(why, was_cancelled);
}

void socket_actor::answer(const asker& to) {
  if (to.who && to.id.is_request())
    answer_bare(to.who, caf::strong_actor_ptr{ctrl()}, to.id, &context_.loop);
}

void socket_actor::answer(const asker& to, caf::error why) {
  // Who has an observer, the test kit, has one thread.
  if (const auto refused = context_.observer != nullptr ? refusal_of(why) : std::nullopt)
    context_.observer->on_refused(id(), *refused);
  if (to.who && to.id.is_request())
    to.who->enqueue(caf::strong_actor_ptr{ctrl()}, to.id.response_id(),
                    caf::make_message(std::move(why)), &context_.loop);
}

void socket_actor::answer_when_sent(asker to) {
  answers_.push_back({output_.queued_total(), std::move(to)});
}

void socket_actor::attach_handler(const endpoint& target, request&& head) {
  auto* home = target.where == placement::on_loop ? &context_.loop : nullptr;
  link_.attach(context_.system,
               {std::move(head), caf::actor_cast<caf::actor>(keep_alive()), &target,
                &context_.count, home, &context_.loop, context_.detached_threads});
}

// -- readiness --------------------------------------------------------------------

void socket_actor::on_ready(std::uint32_t events) {
  take_turn([this, events] {
    if ((events & EPOLLIN) != 0)
      readable_ = true;
    if ((events & EPOLLOUT) != 0)
      writable_ = true;
    if ((events & EPOLLRDHUP) != 0) {
      peer_shut_ = true;
      readable_ = true;
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
      on_hang_up();
  });
}

void socket_actor::on_due(time_point now) {
  take_turn([this, now] {
    settle_debts();
    while (const auto expired = deadlines_.take_expired(now))
      on_expired(*expired);
  });
}

void socket_actor::on_hang_up() {
  if (const auto error = transport_->take_error())
    return leave(reason_of(error), true);
  if (phase_ == phase::lingering) // both sides are shut down, ours too
    return leave(cancel_reason::peer_closed, false);
  // A Unix peer has closed: what it sent before can still be read.
  peer_gone_ = true;
  truncation_checked_ = false;
  peer_shut_ = true;
  readable_ = true;
}

void socket_actor::continue_later() {
  if (std::exchange(continues_, true))
    return;
  post_call_next_round(context_.loop, [this, hold = keep_alive()] {
    continues_ = false;
    take_turn([] {});
  });
}

void socket_actor::hold_output() {
  holds_output_ = true;
  post_call(context_.loop, [this, hold = keep_alive()] {
    if (std::exchange(holds_output_, false))
      take_turn([] {});
  });
}

// -- ending -----------------------------------------------------------------------

void socket_actor::finish() {
  if (phase_ == phase::open)
    phase_ = phase::finishing;
  kept_ = {};
  kept_offset_ = 0;
}

void socket_actor::fail(cancel_reason reason) {
  leave(reason, true);
}

void socket_actor::close_now(cancel_reason reason) {
  leave(reason, false);
}

void socket_actor::leave(cancel_reason reason, bool abruptly) {
  if (phase_ == phase::closed || phase_ == phase::ended)
    return;
  phase_ = phase::closed;
  try {
    conversation_->on_gone(reason);
  } catch (const std::bad_alloc&) {
    owed_.last_words = true;
  }
  transport_->unwatch(context_.loop, *this);
  if (abruptly)
    transport_->abort();
  else
    transport_->close();
  kept_ = {};
  kept_offset_ = 0;
  output_.clear();
  deadlines_.stop_all_but({wait::cancel_grace, wait::former_grace});
  awaited_.reset();
  owner_.on_socket_closed();
  owed_.end = reason;
  settle_debts();
}

// What a connection that has closed owes to its handlers and to whoever waits. Each debt is gone once
// it is paid: after a refusal the rest is tried again.
void socket_actor::settle_debts() {
  if (owed_.kills)
    link_.kill_all();
  owed_.kills = false;
  if (!owed_.end)
    return;
  if (owed_.last_words)
    conversation_->on_gone(*owed_.end);
  owed_.last_words = false;
  release_sent();
  if (owed_.to_formers) {
    link_.cancel_all_former(*owed_.end);
    deadlines_.start(wait::former_grace, context_.loop.now(),
                     conversation_->patience(wait::cancel_grace));
  }
  owed_.to_formers = false;
  cancel_handler(*owed_.end); // one that was told before has what is left of its grace
  owed_.end.reset();
}

void socket_actor::cancel_handler(cancel_reason reason) {
  if (link_.cancel(reason))
    deadlines_.start(wait::cancel_grace, context_.loop.now(),
                     conversation_->patience(wait::cancel_grace));
}

void socket_actor::end_if_done() {
  if (phase_ != phase::closed || owes_anything() || link_.is_attached() || link_.has_former())
    return;
  end();
  owner_.on_connection_ended(*this);
}

void socket_actor::end() {
  phase_ = phase::ended;
  deadlines_.stop_all_but({});
  context_.loop.timers().disarm(*this);
  cleanup(caf::exit_reason::normal, &context_.loop);
  context_.count.connections_kept.fetch_add(1); // first: a stop that sees neither sees too little
  context_.count.connection_actors.fetch_sub(1);
}

} // namespace sluice

#include "sluice/actors/connection/socket_actor.hpp"

#include "sluice/actors/caf/bounce_element.hpp"
#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/connection/stream.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <new>
#include <span>
#include <utility>

namespace sluice {

namespace {

/// Rounds of reading and writing in one turn, before others have theirs (S52).
constexpr int rounds_per_turn = 4;
/// Reads from one peer between two looks at the others (S52).
constexpr int reads_per_turn = 4;
constexpr std::size_t vectors_per_write = 16;

cancel_reason reason_of(int error) noexcept {
  switch (error) {
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return cancel_reason::peer_vanished;
    default: return cancel_reason::peer_reset;
  }
}

} // namespace

socket_actor::socket_actor(caf::actor_config& config, loop_context& context,
                           connection_owner& owner, std::unique_ptr<transport> stream,
                           std::string peer)
  : caf::local_actor{config},
    connection{*this, context, *stream, std::move(peer)},
    owner_{owner},
    transport_{std::move(stream)},
    conversation_{context.greet(*this)} {
  caf::local_actor::context(&context.loop);
  shared_.count.connection_actors.fetch_add(1);
}

socket_actor::~socket_actor() {
  auto& count = shared_.count;
  (phase_ == phase::ended ? count.connections_kept : count.connection_actors).fetch_sub(1);
}

void socket_actor::launch(caf::execution_unit*, bool, bool) {
  // Nothing to schedule: the loop calls it.
}

// -- turns --------------------------------------------------------------------------

template <class Step>
void socket_actor::take_turn(Step step) {
  assert(!turn_.is_running);
  const auto hold = keep_alive(); // the step may end the actor, and its owner let go of it
  turn_.is_running = true;
  try {
    step();
    wind_up();
  } catch (const std::bad_alloc&) {
    give_up();
  }
  turn_.is_running = false;
}

// What the step left to do: go on with what is next, read, write, judge the clocks, end.
void socket_actor::wind_up() {
  if (std::exchange(turn_.changes_nothing, false))
    return;
  if (phase_ == phase::open)
    conversation_->go_on();
  auto rounds = 0;
  do {
    pump();
    flush();
  } while (wanted() && ++rounds < rounds_per_turn);
  if (rounds == rounds_per_turn)
    continue_later();
  settle();
  end_if_done();
}

// Memory was refused somewhere in this turn, which is left half done: the connection ends, and it
// alone. What it then owes to its handlers needs memory as well: it is tried until there is some.
void socket_actor::give_up() {
  if (phase_ != phase::closed && phase_ != phase::ended)
    shared_.count.connections_starved.fetch_add(1);
  try {
    leave(cancel_reason::no_memory, true);
  } catch (const std::bad_alloc&) {}
  // A detached handler may wait for what this turn did not come to.
  owed_.to_detached = streams_.has_detached();
  if (owed_.to_detached && !owed_.end)
    owed_.end = cancel_reason::no_memory;
  settle();
  if (owed_.are_any())
    shared_.loop.timers().arm(*this, shared_.loop.now() + memory_retry);
  end_if_done();
}

void socket_actor::continue_later() {
  if (std::exchange(turn_.continues, true))
    return;
  post_call_next_round(shared_.loop, [this, hold = keep_alive()] {
    turn_.continues = false;
    take_turn([] {});
  });
}

void socket_actor::hold_output() {
  if (!out_.hold())
    return;
  post_call(shared_.loop, [this, hold = keep_alive()] {
    if (out_.let_go())
      take_turn([] {});
  });
}

void socket_actor::on_ready(readiness what) {
  take_turn([this, what] {
    if (has(what, readiness::readable))
      in_.on_readable();
    if (has(what, readiness::writable))
      is_writable_ = true;
    if (has(what, readiness::peer_shut))
      in_.on_peer_shut();
    if (has(what, readiness::hung_up))
      on_hang_up();
  });
}

void socket_actor::on_hang_up() {
  if (const auto error = transport_->take_error())
    return leave(reason_of(error), true);
  if (phase_ == phase::lingering) // both sides are shut down, ours too
    return leave(cancel_reason::peer_closed, false);
  in_.on_peer_gone(); // a Unix peer has closed: what it sent before can still be read
}

void socket_actor::on_due(time_point now) {
  take_turn([this, now] {
    settle_debts();
    while (const auto expired = clocks_.take_expired(now))
      on_expired(*expired);
    if (phase_ == phase::open)
      conversation_->on_due(now);
    if (streams_.kill_overdue(now))
      shared_.log.report(severity::warning,
                         "a cancelled handler outlived its grace period and is killed");
  });
}

// -- for its owner ------------------------------------------------------------------

bool socket_actor::open() {
  if (transport_->watch(shared_.loop, *this) != 0) {
    transport_->close();
    end();
    return false;
  }
  take_turn([] {});
  return true;
}

void socket_actor::drain() {
  if (is_draining_)
    return; // by another acceptor of its loop
  take_turn([this] {
    is_draining_ = true;
    streams_.tell_of_stop();
    if (phase_ == phase::open)
      conversation_->on_drain();
  });
}

void socket_actor::drop(cancel_reason reason) {
  take_turn([this, reason] {
    streams_.cancel_detached(reason);
    leave(reason, true);
  });
}

void socket_actor::kill_handlers() {
  take_turn([this] {
    owed_.kills = true;
    settle_debts();
  });
}

// -- for who wants to see ------------------------------------------------------------

void socket_actor::describe(stall& into) const {
  constexpr std::string_view phases[]{"open", "finishing", "lingering", "closed", "ended"};
  const auto now = shared_.loop.now();
  into.connection = id();
  into.peer = peer_;
  into.phase = phases[static_cast<std::size_t>(phase_)];
  if (const auto open = awaited()) {
    into.awaited = open->which;
    into.awaited_for = now - open->since;
    if (open->until)
      into.time_left = std::max(*open->until - now, duration::zero());
  }
  if (const auto* const at = route())
    into.route = at->route;
  into.unread = in_.peek().size();
  into.unsent = out_.held();
  if (phase_ != phase::closed && phase_ != phase::ended) {
    const auto kernel = transport_->in_kernel();
    into.kernel_unread = kernel.unread;
    into.kernel_unsent = kernel.unsent;
  }
  conversation_->describe(into);
  into.detached = streams_.count_detached();
}

// -- messages -----------------------------------------------------------------------

void socket_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  // One that has ended is answered for, and may have outlived its loop's thread.
  if (getf(is_cleaned_up_flag))
    return bounce_element(*element);
  const mail said{*element};
  // A message from this loop is handled at once, unless others wait or the actor is at work: a
  // handler that floods fills its connection's output cap, not a mailbox (S48).
  if (shared_.loop.is_current_thread() && !turn_.is_running && backlog_.empty())
    return take_turn([&] { on_mail(said); });
  const auto octets = said.octets();
  if (!backlog_.admit(said.kind, octets, out_.held(), shared_.limits))
    return streams_.answer({element->sender, element->mid}, make_error(refusal::output_full));
  try {
    shared_.loop.post(*this, std::move(element));
  } catch (const std::bad_alloc&) {
    backlog_.remove(octets);
    throw;
  }
}

void socket_actor::receive(caf::mailbox_element_ptr element) {
  const mail said{*element};
  backlog_.remove(said.octets());
  take_turn([&] { on_mail(said); });
}

void socket_actor::on_mail(const mail& said) {
  switch (said.kind) {
    case mail_kind::response: return on_response(said);
    case mail_kind::down: {
      const auto& down = said.read<caf::down_msg>();
      return on_down(down.source, down.reason);
    }
    case mail_kind::exit: return leave(cancel_reason::draining, true);
    default: return on_request(said);
  }
}

void socket_actor::on_request(const mail& said) {
  const auto& sender = said.element.sender;
  const asker from{sender, said.element.mid};
  if (phase_ == phase::ended)
    return streams_.answer(from, caf::make_error(caf::sec::request_receiver_down));
  if (said.kind == mail_kind::expect_stop)
    return streams_.expect_stop(sender, is_draining_);
  if (auto* found = streams_.find(sender)) {
    // After cancel a handler's sends do nothing and do not fail (S45).
    if (found->is_cancelled() || phase_ != phase::open) {
      found->note_vain(said.octets());
      return streams_.answer(from);
    }
    return found->user().on_handler_message(said, from);
  }
  if (!streams_.is_detached(sender))
    return streams_.answer(from, make_error(refusal::not_current));
  // A handler that has answered and still wants content would wait for ever.
  if (said.kind == mail_kind::read_content)
    streams_.cancel_detached(sender, cancel_reason::answered);
  streams_.answer(from, make_error(refusal::already_answered));
}

void socket_actor::on_response(const mail& said) {
  const auto is_error = said.is_error();
  // Nobody answers for a handler that ended with the delivery in its mailbox, but CAF; its down
  // message says so as well.
  if (is_error && !said.element.sender)
    return;
  auto* found = streams_.on_response(said.element);
  if (found == nullptr || phase_ != phase::open)
    return;
  if (is_error)
    found->user().on_rejected(said.read<caf::error>());
  else
    found->user().on_acknowledged();
}

void socket_actor::on_down(const caf::actor_addr& who, const caf::error& why) {
  const auto was_held_up = streams_.is_held_up();
  if (streams_.remove_detached(who, why)) {
    if (why)
      shared_.log.report(severity::error,
                         "a handler failed after its answer: " + shared_.system.render(why));
    // Last: a turn that memory was refused to winds up.
    turn_.changes_nothing = !was_held_up && phase_ == phase::open;
    return;
  }
  auto* found = streams_.find(who);
  if (found == nullptr)
    return;
  const auto was_cancelled = found->on_down(why);
  // Nobody waits for its answer any more, but its failure is told.
  if (was_cancelled && why == caf::sec::runtime_error) {
    shared_.count.handler_failures.fetch_add(1);
    shared_.log.report(severity::error,
                       "a cancelled handler failed: " + shared_.system.render(why));
  }
  if (phase_ == phase::open)
    found->user().on_handler_down(why, was_cancelled);
}

// -- reading ------------------------------------------------------------------------

appetite socket_actor::wanted() const {
  if (!in_.has_more())
    return {};
  if (phase_ == phase::open)
    return conversation_->wanted();
  const auto may_discard = phase_ == phase::finishing || phase_ == phase::lingering;
  return {may_discard ? shared_.limits.chunk_size : 0};
}

void socket_actor::pump() {
  for (auto reads = 0; reads < reads_per_turn; ++reads) {
    const auto most = wanted();
    if (!most)
      break;
    if (phase_ != phase::open)
      discard_input();
    else if (in_.has_kept())
      in_.offer_kept([this] { consume(); }); // no readiness event will come for these (S7)
    else
      read(most);
  }
  judge_end();
}

void socket_actor::read(appetite most) {
  const auto came = in_.read(most, shared_.loop.read_buffer(), [this] { consume(); });
  shared_.count.octets_received.add(came.octets);
  if (came.then == transport::next::failed)
    return leave(reason_of(came.error), true);
  if (came.then == transport::next::end)
    conversation_->on_end_of_stream();
}

void socket_actor::consume() {
  conversation_->consume();
  if (phase_ != phase::open)
    return;
  if (auto successor = conversation_->take_successor()) {
    clocks_.close_all(shared_.loop.now()); // what HTTP waited for is over
    conversation_ = std::move(successor);
    conversation_->consume();
  }
}

void socket_actor::discard_input() {
  const auto came = in_.discard(shared_.loop.read_buffer(), shared_.limits.linger_content);
  // With our last octets still on their way only the end of reading is settled.
  const auto is_over = came.then == transport::next::end && phase_ == phase::lingering;
  if (is_over || came.then == transport::next::failed)
    leave(cancel_reason::peer_closed, false);
}

// The peer has shut down its side while nothing is read.
void socket_actor::judge_end() {
  if (!in_.has_end_to_judge() || phase_ != phase::open || conversation_->wanted()
      || !in_.read_ahead(shared_.loop.read_buffer(), shared_.limits.receive_buffer))
    return;
  in_.end_is_judged();
  if (conversation_->is_truncated())
    conversation_->on_truncated();
}

// -- writing ------------------------------------------------------------------------

void socket_actor::flush() {
  if (phase_ == phase::open && out_.is_settled())
    return;
  send_queued();
  if (out_.empty())
    clocks_.renew_output();
  release_sent();
  if (phase_ != phase::finishing || !out_.empty() || out_.has_promises())
    return;
  if (in_.has_ended())
    return leave(cancel_reason::peer_closed, false);
  is_writable_ = transport_->shutdown_write() != transport::next::dry;
  // Until then the transport has octets of its own to send, for as long as a client has to end.
  if (!is_writable_ && clocks_.is_running(wait::linger))
    return;
  if (is_writable_)
    phase_ = phase::lingering;
  clocks_.start(wait::linger, shared_.loop.now(), shared_.limits.linger_deadline);
}

void socket_actor::send_queued() {
  while (is_writable_ && !out_.is_on_hold()
         && (phase_ == phase::open || phase_ == phase::finishing)) {
    conversation_->fill_output();
    if (out_.empty())
      return;
    std::array<iovec, vectors_per_write> vectors; // as many as there are runs get a value
    const auto result = transport_->write(std::span{vectors}.first(out_.gather(vectors)));
    if (result.then == transport::next::failed)
      return leave(reason_of(result.error), true);
    is_writable_ = result.then == transport::next::more;
    if (result.octets == 0 && !is_writable_)
      return;
    shared_.count.octets_sent.add(result.octets);
    out_.on_sent(result.octets);
    clocks_.note_sent(result.octets);
  }
}

void socket_actor::release_sent() {
  out_.release([this](const asker& to) { streams_.answer(to); });
}

// -- clocks -------------------------------------------------------------------------

// One account is open at a time: the network's while octets wait for it, else the one that the
// conversation names.
void socket_actor::settle() {
  std::optional<wait> next;
  if ((phase_ == phase::open || phase_ == phase::finishing) && !out_.empty())
    next = wait::write;
  else if (phase_ == phase::open)
    next = conversation_->awaited();
  const auto now = shared_.loop.now();
  clocks_.settle(
    next, now, [this](wait which) { return conversation_->terms_of(which); },
    [this](wait which) { return conversation_->tally_of(which); });
  auto first = std::min(clocks_.next(), streams_.next_grace());
  if (phase_ == phase::open)
    first = std::min(first, conversation_->settle(now, next == wait::write));
  // Lazily: a timer that fires too early looks again, so that a request sets no timer.
  if (first != time_point::max() && (!is_armed() || due() > first))
    shared_.loop.timers().arm(*this, first);
}

void socket_actor::on_expired(wait which) {
  if (which != wait::stall_probe && which != wait::heartbeat)
    shared_.count.deadlines_missed.fetch_add(1);
  if (which == wait::write)
    return leave(cancel_reason::write_deadline, true);
  if (which == wait::linger)
    return leave(cancel_reason::client_deadline, false);
  if (phase_ == phase::open)
    conversation_->on_deadline(which);
}

// -- ending -------------------------------------------------------------------------

void socket_actor::finish() {
  if (phase_ == phase::open)
    phase_ = phase::finishing;
  in_.drop();
}

void socket_actor::leave(cancel_reason reason, bool abruptly) {
  if (phase_ == phase::closed || phase_ == phase::ended)
    return;
  phase_ = phase::closed;
  in_.drop();
  try {
    conversation_->on_gone(reason);
  } catch (const std::bad_alloc&) {
    owed_.last_words = true;
  }
  transport_->unwatch(shared_.loop, *this);
  if (abruptly)
    transport_->abort();
  else
    transport_->close();
  out_.close();
  clocks_.stop_all(shared_.loop.now());
  owner_.on_socket_closed();
  owed_.end = reason;
  settle_debts();
}

// What a connection that has closed owes to its handlers and to whoever waits. Each debt is gone
// once it is paid: after a refusal the rest is tried again.
void socket_actor::settle_debts() {
  if (owed_.kills)
    streams_.kill_all();
  owed_.kills = false;
  if (!owed_.end)
    return;
  if (owed_.last_words)
    conversation_->on_gone(*owed_.end);
  owed_.last_words = false;
  release_sent();
  if (owed_.to_detached)
    streams_.cancel_detached(*owed_.end);
  owed_.to_detached = false;
  streams_.cancel_streams(*owed_.end); // who was told before has what is left of its grace
  owed_.end.reset();
}

void socket_actor::end_if_done() {
  if (phase_ != phase::closed || owed_.are_any() || streams_.has_handlers())
    return;
  end();
  owner_.on_connection_ended(*this);
}

void socket_actor::end() {
  phase_ = phase::ended;
  clocks_.stop_all(shared_.loop.now());
  shared_.loop.timers().disarm(*this);
  cleanup(caf::exit_reason::normal, &shared_.loop);
  shared_.count.connections_kept.fetch_add(1); // first: a stop that sees neither sees too little
  shared_.count.connection_actors.fetch_sub(1);
}

} // namespace sluice

#include "sluice/actors/handler/coroutine_actor.hpp"

#include "sluice/actors/caf/bare_element.hpp"
#include "sluice/actors/caf/bounce_element.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/handler/loop_delay.hpp"
#include "sluice/actors/loop/event_loop.hpp"

#include <caf/actor_clock.hpp>
#include <caf/behavior.hpp>
#include <caf/message_view.hpp>

#include <algorithm>
#include <cassert>
#include <exception>
#include <new>
#include <string>
#include <tuple>
#include <utility>

namespace sluice {

void tell(caf::response_promise& who, caf::error why) {
  if (!who.pending() || who.async())
    return;
  if (why)
    who.deliver(std::move(why));
  else
    who.deliver(caf::unit);
}

coroutine_actor::coroutine_actor(caf::actor_config& config, handler_context&& context)
  : handler_actor{config, std::move(context)} {}

coroutine_actor::~coroutine_actor() = default;

void coroutine_actor::take_what_others_send() {
  set_default_handler(
    [this](caf::scheduled_actor*, caf::message_view& view) -> caf::result<caf::message> {
      if (deposit(view))
        return caf::message{};
      // The sender of a request hears of it. As the answer to a plain message an error would end
      // its sender.
      if (current_mailbox_element()->mid.is_request())
        return caf::make_error(caf::sec::unexpected_message);
      return caf::message{};
    });
}

void coroutine_actor::initialize() {
  handler_actor::initialize();
  try {
    task_ = make_task(); // by a function that may refuse before it returns one
  } catch (...) {
    return on_failure();
  }
  if (task_)
    task_.start();
  finish_if_done();
}

// An actor lives as long as it has a behavior. This one is never called: see consume.
caf::behavior coroutine_actor::make_behavior() {
  struct nothing {};
  static const caf::behavior idle{[](const nothing&) {}};
  return idle;
}

void coroutine_actor::launch(caf::execution_unit* unit, bool is_lazy, bool is_hidden) {
  is_scheduled_ = true;
  handler_actor::launch(unit, is_lazy, is_hidden);
}

void coroutine_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) {
  // One that has ended answers for CAF, and may have outlived its loop.
  if (getf(is_cleaned_up_flag) || home() == nullptr)
    return handler_actor::enqueue(std::move(element), unit);
  if (!home()->is_current_thread())
    return home()->post(*this, std::move(element));
  auto& queue = element->is_high_priority() ? urgent_ : normal_;
  queue.push(std::move(element));
  if (std::exchange(is_scheduled_, true))
    return;
  caf::intrusive_ptr_add_ref(ctrl());
  try {
    home()->resume_here(*this);
  } catch (const std::bad_alloc&) {
    is_scheduled_ = false; // the next message tries again
    caf::intrusive_ptr_release(ctrl());
    throw;
  }
}

void coroutine_actor::receive(caf::mailbox_element_ptr element) {
  enqueue(std::move(element), home());
}

caf::mailbox_element_ptr coroutine_actor::next_element() noexcept {
  return urgent_.empty() ? normal_.pop() : urgent_.pop();
}

caf::resumable::resume_result coroutine_actor::resume(caf::execution_unit* unit, std::size_t most) {
  if (home() == nullptr)
    return handler_actor::resume(unit, most);
  const code_run now{*home(), target().route};
  if (!activate(unit))
    return resumable::done;
  for (std::size_t taken = 0; taken < most; ++taken) {
    auto next = next_element();
    if (!next)
      break;
    switch (reactivate(*next)) {
      case activation_result::terminated: return resumable::done;
      case activation_result::skipped: skipped_.push(std::move(next)); continue;
      default: break;
    }
    // Another was taken, which may have changed what is wanted.
    while (auto again = skipped_.pop())
      urgent_.push(std::move(again));
  }
  set_receive_timeout(); // of a behavior that the application has set
  is_scheduled_ = !urgent_.empty() || !normal_.empty();
  return is_scheduled_ ? resumable::resume_later : resumable::awaiting_message;
}

bool coroutine_actor::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  // The senders of requests hear that nobody will answer them.
  while (const auto left = skipped_.pop())
    bounce_element(*left, reason);
  while (const auto left = next_element())
    bounce_element(*left, reason);
  return handler_actor::cleanup(std::move(reason), unit);
}

caf::invoke_message_result coroutine_actor::consume(caf::mailbox_element& element) {
  current_mailbox_element(&element);
  const auto is_taken = element.mid.is_response()
                          ? take_response(element)
                          : on_event(element, message_type{element.content()});
  if (is_taken)
    return caf::invoke_message_result::consumed;
  if (!std::exchange(is_open_to_others_, true))
    take_what_others_send();
  return handler_actor::consume(element);
}

bool coroutine_actor::on_event(caf::mailbox_element& element, message_type type) {
  if (type.is<cancelled>() && is_from_connection(element)) {
    end();
    return true;
  }
  if (type.is<draining>() && is_from_connection(element)) {
    is_draining_ = true;
    wake();
    return true;
  }
  const auto& content = element.content();
  if (!content.match_elements<delay_over, std::uint64_t>())
    return false;
  on_answer(content.get_as<std::uint64_t>(1), {});
  return true;
}

void coroutine_actor::on_exit() {
  delivered_by_ = nullptr;
  waiting_ = {};
  // What another's frame may have left on this thread is not this handler's.
  std::ignore = internal::take_thrown_by_destructor();
  // Destroys the coroutine where it is suspended: its locals go before the actor does.
  task_ = task{};
  if (const auto thrown = internal::take_thrown_by_destructor())
    fail_state_ = error_of_destructor(thrown);
  for (const auto& delay : delays_)
    delay->stop();
  delays_.clear();
  for (const auto& child : children_)
    if (const auto alive = child.lock())
      send_exit(caf::actor_cast<caf::actor>(alive), caf::exit_reason::user_shutdown);
  handler_actor::on_exit();
}

// Why it ends, then: its connection reports it, also where it was cancelled.
caf::error coroutine_actor::error_of_destructor(const std::exception_ptr& thrown) const noexcept {
  try {
    std::string text = "a destructor of the handler of " + target().route + " threw: ";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
      text += failure.what();
    } catch (...) {
      text += "something that is no std::exception";
    }
    return caf::make_error(caf::sec::runtime_error, std::move(text));
  } catch (const std::bad_alloc&) {
    return error_of_exception(thrown);
  }
}

void coroutine_actor::wait(std::coroutine_handle<> waiting, const awaitable& until) noexcept {
  waiting_ = waiting;
  until_ = &until;
  if (home() != nullptr)
    return; // who wants to know is on its thread
  const auto what = until.what();
  waits_for_whom_.store(has(what, waiting_for::reply) ? asked() : 0, std::memory_order_relaxed);
  waits_for_.store(what, std::memory_order_relaxed);
}

handler_doing coroutine_actor::doing() const noexcept {
  if (home() != nullptr) {
    const auto what = waiting_ ? until_->what() : waiting_for::nothing;
    return {true, what, has(what, waiting_for::reply) ? asked() : 0};
  }
  const auto what = waits_for_.load(std::memory_order_relaxed);
  return {true, what, has(what, waiting_for::reply) ? waits_for_whom_.load() : 0};
}

caf::actor_id coroutine_actor::asked() const noexcept {
  for (const auto& each : answers_)
    if (each.whom != 0 && !each.is_there)
      return each.whom;
  return 0;
}

std::size_t coroutine_actor::next_turn() noexcept {
  turn_ ^= turn_ << 13U; // xorshift
  turn_ ^= turn_ >> 17U;
  turn_ ^= turn_ << 5U;
  return turn_;
}

void coroutine_actor::wake() {
  if (!waiting_ || !until_->is_ready())
    return;
  if (home() == nullptr)
    waits_for_.store(waiting_for::nothing, std::memory_order_relaxed);
  std::exchange(waiting_, {}).resume();
  finish_if_done();
}

void coroutine_actor::finish_if_done() {
  if (!task_.is_done())
    return;
  const auto ended = std::exchange(task_, task{});
  try {
    ended.rethrow();
    end();
  } catch (...) {
    on_failure();
  }
}

// The turn under way ends the actor, so that quit has no handler to replace for what comes until
// then; what else keeps one alive is left to it.
void coroutine_actor::end() {
  bhvr_stack_.clear();
  if (alive())
    quit();
}

void coroutine_actor::on_failure() {
  quit(error_of_exception(std::current_exception()));
}

void coroutine_actor::expect_stop() {
  if (!std::exchange(expects_stop_, true))
    send(connection(), sluice::expect_stop{});
}

// -- requests and delays ---------------------------------------------------------

void coroutine_actor::hold_delivery(caf::mailbox_element& element) noexcept {
  delivered_by_ = std::move(element.sender);
  delivery_ = element.mid;
}

void coroutine_actor::acknowledge_delivery() {
  if (const auto to = std::exchange(delivered_by_, nullptr))
    answer_bare(to, caf::strong_actor_ptr{ctrl()}, delivery_, context());
}

std::uint64_t coroutine_actor::expect_answer() {
  return expect_answer(new_request_id(caf::message_priority::normal));
}

std::uint64_t coroutine_actor::expect_answer(caf::message_id id) {
  answers_.push_back({id.response_id().integer_value(), {}, 0, false, {}, {}});
  return answers_.back().ticket;
}

bool coroutine_actor::take_response(caf::mailbox_element& element) {
  const auto ticket = element.mid.integer_value();
  const auto& content = element.content();
  auto why = message_type{content}.is<caf::error>() ? content.get_as<caf::error>(0) : caf::error{};
  on_response(ticket, why);
  if (find_answer(ticket) == nullptr)
    return false;
  on_answer(ticket, std::move(why));
  return true;
}

void coroutine_actor::set_request(std::uint64_t ticket, caf::message_id id,
                                  caf::actor_id whom) noexcept {
  if (auto* const found = find_answer(ticket)) {
    found->request = id;
    found->whom = whom;
  }
}

std::uint64_t coroutine_actor::start_delay(duration length) {
  const auto ticket = expect_answer();
  if (time_keeper() == nullptr) {
    // Not delayed_send: its message would keep the ended handler until it is due. The time limit of
    // a request ends with its actor; this request is never sent.
    const auto id = new_request_id(caf::message_priority::normal).response_id();
    add_multiplexed_response_handler(
      id, caf::behavior{[this, ticket](caf::error&) { on_answer(ticket, {}); }});
    clock().set_request_timeout(clock().now() + length, this, id);
    clock_delays_.emplace_back(ticket, id);
    return ticket;
  }
  std::erase_if(delays_, [](const auto& delay) { return delay->is_over(); });
  delays_.push_back(std::make_shared<loop_delay>(*time_keeper(), *this, ticket));
  delays_.back()->start(length);
  return ticket;
}

void coroutine_actor::stop_delay(std::uint64_t ticket) noexcept {
  forget(ticket);
  const auto timer = std::find_if(delays_.begin(), delays_.end(),
                                  [=](const auto& delay) { return delay->ticket() == ticket; });
  if (timer != delays_.end())
    try {
      (*timer)->stop();
      delays_.erase(timer);
    } catch (const std::bad_alloc&) {
      // No memory to tell its loop: it ends when it is due, and what it says then is forgotten.
    }
  std::erase_if(clock_delays_, [&](const auto& delay) {
    if (delay.first != ticket)
      return false;
    clock().cancel_request_timeout(this, delay.second);
    multiplexed_responses_.erase(delay.second);
    return true;
  });
}

auto coroutine_actor::find_answer(std::uint64_t ticket) const noexcept -> const answer* {
  if (answers_.size() == 1) // most wait for one
    return answers_.front().ticket == ticket ? answers_.data() : nullptr;
  const auto found = std::lower_bound(
    answers_.begin(), answers_.end(), ticket,
    [](const answer& a, std::uint64_t t) { return a.ticket < t; });
  return found == answers_.end() || found->ticket != ticket ? nullptr : &*found;
}

auto coroutine_actor::find_answer(std::uint64_t ticket) noexcept -> answer* {
  return const_cast<answer*>(std::as_const(*this).find_answer(ticket));
}

bool coroutine_actor::is_answered(std::uint64_t ticket) const noexcept {
  const auto* const found = find_answer(ticket);
  return found == nullptr || found->is_there;
}

void coroutine_actor::check_answer(std::uint64_t ticket) const {
  const auto* const found = find_answer(ticket);
  if (found == nullptr)
    return;
  // A connection that is gone answers with an error of CAF; the cancellation that ends this handler
  // is on its way.
  if (const auto why = refusal_of(found->error))
    throw handler_fault{*why};
}

const caf::error& coroutine_actor::error_of(std::uint64_t ticket) const noexcept {
  return find_answer(ticket)->error;
}

caf::message coroutine_actor::take_content(std::uint64_t ticket) {
  return std::move(find_answer(ticket)->content);
}

void coroutine_actor::forget(std::uint64_t ticket) noexcept {
  const auto* const found = find_answer(ticket);
  if (found == nullptr)
    return;
  // Nobody waits for its answer: without this its handler would wait for as long as it takes.
  if (!found->is_there && found->request.is_response())
    multiplexed_responses_.erase(found->request);
  answers_.erase(answers_.begin() + (found - answers_.data()));
}

void coroutine_actor::on_answer(std::uint64_t ticket, caf::error error, caf::message content) {
  auto* const found = find_answer(ticket);
  if (found == nullptr)
    return; // nobody waits for it any more
  found->is_there = true;
  found->error = std::move(error);
  found->content = std::move(content);
  wake();
}

// -- other actors ------------------------------------------------------------------

void coroutine_actor::add_inbox(inbox_base& which) {
  inboxes_.push_back(&which);
}

void coroutine_actor::remove_inbox(inbox_base& which) noexcept {
  std::erase(inboxes_, &which);
}

bool coroutine_actor::deposit(caf::message_view& view) {
  for (auto* const inbox : inboxes_) {
    if (!inbox->wants(view.content()))
      continue;
    inbox->push({view.move_content_to_message(), make_response_promise()});
    wake();
    return true;
  }
  return false;
}

void coroutine_actor::adopt(const caf::actor& child) {
  std::erase_if(children_, [](const auto& each) { return each.lock() == nullptr; });
  children_.push_back(caf::actor_cast<caf::weak_actor_ptr>(child));
}

} // namespace sluice

#include "sluice/actors/handler/handler_actor.hpp"

#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/caf/pooled_actor.hpp"
#include "sluice/actors/caf/pooled_element.hpp"
#include "sluice/actors/caf/private_thread.hpp"
#include "sluice/actors/handler/exchange_actor.hpp"
#include "sluice/actors/handler/thread_quota.hpp"
#include "sluice/actors/handler/web_socket_actor.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>

#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

/// Without memory for its words an error has none; without memory for itself there is none, and a
/// connection says that its handler ended without an answer.
caf::error make_failure(const char* what) noexcept {
  try {
    return caf::make_error(caf::sec::runtime_error, std::string{what});
  } catch (const std::bad_alloc&) {}
  try {
    return caf::sec::runtime_error;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

} // namespace

caf::error error_of_exception(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    return make_failure(failure.what());
  } catch (...) {
    return make_failure("something that is no std::exception was thrown");
  }
}

handler_actor::handler_actor(caf::actor_config& config, handler_context&& context)
  : caf::event_based_actor{config}, context_{std::move(context)} {
  // The connection reports why its handler ended: CAF's own handler prints it and forgets what was
  // thrown.
  set_exception_handler([](std::exception_ptr& thrown) { return error_of_exception(thrown); });
  if (context_.count == nullptr)
    return;
  if (is_detached())
    take_thread();
  context_.count->handlers_running.fetch_add(1);
  counted_ = true;
}

bool handler_actor::is_detached() const noexcept {
  return context_.target->where == placement::detached;
}

// One of those that all loops of the server share.
void handler_actor::take_thread() const {
  auto& count = *context_.count;
  if (context_.threads != nullptr && !context_.threads->take()) {
    count.detached_refused.fetch_add(1);
    throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again),
                            "all of --detached-threads are taken"};
  }
  count.handlers_detached.fetch_add(1);
}

// One that could not be made whole, for want of memory, has no exit.
handler_actor::~handler_actor() {
  leave_count();
}

void handler_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  // Without a home the scheduler picks the thread: the sender may be a connection, whose loop must
  // not block.
  caf::event_based_actor::enqueue(std::move(element), home_unit());
}

caf::execution_unit* handler_actor::home_unit() const noexcept {
  return context_.home != nullptr ? &context_.home->for_handlers() : nullptr;
}

void handler_actor::report(severity level, std::string_view text) const {
  if (context_.log != nullptr)
    context_.log->report_of({level, text, target().route, head().id()});
}

void handler_actor::launch(caf::execution_unit* unit, bool is_lazy, bool is_hidden) {
  try {
    caf::event_based_actor::launch(context_.home != nullptr ? home_unit() : unit, is_lazy,
                                   is_hidden);
  } catch (...) {
    // CAF counts a thread before it has it, and lets it, or the job, hold the actor.
    if (!getf(is_detached_flag)) {
      caf::intrusive_ptr_release(ctrl());
    } else {
      unsetf(is_detached_flag);
      if (take_back_thread(private_thread_, system()))
        caf::intrusive_ptr_release(ctrl());
    }
    throw;
  }
}

caf::resumable::resume_result handler_actor::resume(caf::execution_unit* unit, std::size_t most) {
  if (context_.home == nullptr)
    return caf::event_based_actor::resume(unit, most);
  const code_run now{*context_.home, target().route};
  return caf::event_based_actor::resume(unit, most);
}

bool handler_actor::is_from_connection(const caf::mailbox_element& element) const noexcept {
  return element.sender && context_.connection
         && element.sender->get() == caf::actor_cast<caf::abstract_actor*>(context_.connection);
}

void handler_actor::on_exit() {
  leave_count();
}

bool handler_actor::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  auto told = reason; // first: it asks for memory, and refused it this is called again
  // Handler and connection hold each other until here.
  const auto connection = std::exchange(context_.connection, nullptr);
  if (!caf::event_based_actor::cleanup(std::move(reason), unit))
    return false;
  // Nobody else looks at this pointer: senders do only where they wake a reader that sleeps.
  let_thread_go(private_thread_);
  if (connection)
    caf::actor_cast<caf::abstract_actor*>(connection)
      ->enqueue(internal::make_element(nullptr, caf::make_message_id(caf::message_priority::high),
                                       caf::down_msg{address(), std::move(told)}),
                unit);
  return true;
}

void handler_actor::leave_count() noexcept {
  if (counted_ && is_detached()) {
    context_.count->handlers_detached.fetch_sub(1);
    if (context_.threads != nullptr)
      context_.threads->give_back();
  }
  if (counted_)
    context_.count->handlers_running.fetch_sub(1);
  counted_ = false;
}

namespace {

/// Whether it is a message that a connection sends its handler.
bool says_connection(message_type type) {
  return type.is<chunk>() || type.is<message>() || type.is<end_of_content>() || type.is<closed>()
         || type.is<cancelled>() || type.is<draining>();
}

/// The CAF form: the behavior that the route's factory makes.
class behavior_actor final : public handler_actor {
public:
  using handler_actor::handler_actor;

  // What only a connection says is taken from nobody else, but as the answer to a request.
  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    if (element.mid.is_response() || !says_connection(message_type{element.content()})
        || is_from_connection(element))
      return handler_actor::consume(element);
    if (element.sender && element.mid.is_request())
      element.sender->enqueue(caf::strong_actor_ptr{ctrl()}, element.mid.response_id(),
                              caf::make_message(caf::make_error(caf::sec::unexpected_message)),
                              context());
    return caf::invoke_message_result::consumed;
  }

protected:
  caf::behavior make_behavior() override {
    // A cancelled handler ends, also if its behavior has no clause for it; and so does one whose
    // client has closed: nothing comes any more, and the client waits for its end.
    set_default_handler(
      [](caf::scheduled_actor* self, caf::message_view& view) -> caf::result<caf::message> {
        if (view.content().match_elements<cancelled>() || view.content().match_elements<closed>()) {
          self->quit();
          return caf::message{};
        }
        if (view.content().match_elements<end_of_content>()
            || view.content().match_elements<draining>())
          return caf::message{};
        return caf::make_error(caf::sec::unexpected_message);
      });
    return std::get<behavior_handler>(target().handler).make(this, head(), connection());
  }
};

/// As caf::actor_system::spawn_impl, but that makes CAF's logger the thread's, and from then on
/// each step of an actor takes a lock of that logger to note whose it is, whether anything is
/// logged or not. Loops share no lock on their way.
template <class Actor>
caf::actor spawn_as(caf::actor_system& system, handler_context&& context) {
  caf::actor_config config{context.home};
  if (config.host == nullptr)
    config.host = system.dummy_execution_unit();
  config.flags |= caf::abstract_actor::is_hidden_flag;
  if (context.target->where == placement::detached)
    config.flags |= caf::abstract_actor::is_detached_flag;
  auto made = internal::make_pooled_actor<Actor>(system, config, std::move(context));
  static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(made))
    ->launch(config.host, false, true);
  return made;
}

} // namespace

caf::actor spawn_handler(caf::actor_system& system, handler_context&& context) {
  const auto& handler = context.target->handler;
  if (std::holds_alternative<behavior_handler>(handler))
    return spawn_as<behavior_actor>(system, std::move(context));
  if (std::holds_alternative<web_socket_handler>(handler))
    return spawn_as<web_socket_actor>(system, std::move(context));
  return spawn_as<exchange_actor>(system, std::move(context));
}

} // namespace sluice

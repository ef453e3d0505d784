#include "actors/handler/handler_actor.hpp"

#include "actors/counters.hpp"
#include "actors/event_loop.hpp"
#include "actors/handler/exchange_actor.hpp"
#include "actors/handler/pooled_actor.hpp"
#include "actors/handler/web_socket_actor.hpp"
#include "actors/messages.hpp"
#include "actors/pooled_element.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/detail/private_thread.hpp>

#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

caf::error error_of_exception(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    return caf::make_error(caf::sec::runtime_error, std::string{failure.what()});
  } catch (...) {
    return caf::make_error(caf::sec::runtime_error,
                           std::string{"something that is no std::exception was thrown"});
  }
}

handler_actor::handler_actor(caf::actor_config& config, handler_context&& context)
  : caf::event_based_actor{config}, context_{std::move(context)} {
  // The connection reports why its handler ended: CAF's own handler prints it and forgets what was
  // thrown.
  set_exception_handler([](std::exception_ptr& thrown) { return error_of_exception(thrown); });
  if (context_.count != nullptr) {
    context_.count->handlers_running.fetch_add(1);
    counted_ = true;
  }
}

// One that could not be made whole, for want of memory, has no exit.
handler_actor::~handler_actor() {
  leave_count();
}

void handler_actor::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  // Without a home the scheduler picks the thread: the sender may be a connection, whose loop must
  // not block.
  caf::event_based_actor::enqueue(std::move(element), context_.home);
}

void handler_actor::launch(caf::execution_unit* unit, bool is_lazy, bool is_hidden) {
  try {
    caf::event_based_actor::launch(unit, is_lazy, is_hidden);
  } catch (const std::system_error&) {
    // CAF counts the thread before it has it, and lets it hold the actor.
    unsetf(is_detached_flag);
    delete std::exchange(private_thread_, nullptr);
    system().dec_detached_threads();
    caf::intrusive_ptr_release(ctrl());
    throw;
  }
}

void handler_actor::on_exit() {
  leave_count();
}

bool handler_actor::cleanup(caf::error&& reason, caf::execution_unit* unit) {
  // Handler and connection hold each other until here.
  const auto connection = std::exchange(context_.connection, nullptr);
  auto told = reason;
  if (!caf::event_based_actor::cleanup(std::move(reason), unit))
    return false;
  if (connection)
    caf::actor_cast<caf::abstract_actor*>(connection)
      ->enqueue(internal::make_element(nullptr, caf::make_message_id(caf::message_priority::high),
                                       caf::down_msg{address(), std::move(told)}),
                unit);
  return true;
}

void handler_actor::leave_count() noexcept {
  if (counted_)
    context_.count->handlers_running.fetch_sub(1);
  counted_ = false;
}

namespace {

/// The CAF form: the behavior that the route's factory makes.
class behavior_actor final : public handler_actor {
public:
  using handler_actor::handler_actor;

protected:
  caf::behavior make_behavior() override {
    // A cancelled handler ends, also if its behavior has no clause for it.
    set_default_handler(
      [](caf::scheduled_actor* self, caf::message_view& view) -> caf::result<caf::message> {
        if (view.content().match_elements<cancelled>()) {
          self->quit();
          return caf::message{};
        }
        if (view.content().match_elements<end_of_content>()
            || view.content().match_elements<closed>())
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

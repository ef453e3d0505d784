#include "actors/handler/handler_actor.hpp"

#include "actors/counters.hpp"
#include "actors/event_loop.hpp"
#include "actors/handler/exchange_actor.hpp"
#include "actors/handler/web_socket_actor.hpp"
#include "actors/messages.hpp"

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

handler_actor::handler_actor(caf::actor_config& config, handler_context context)
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
  context_.connection = nullptr;
  leave_count();
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

template <class Actor>
caf::actor spawn_as(caf::actor_system& system, handler_context context) {
  caf::actor_config config{context.home};
  if (context.target->where == placement::detached)
    return system.spawn_impl<Actor, caf::hidden + caf::detached>(config, std::move(context));
  return system.spawn_impl<Actor, caf::hidden>(config, std::move(context));
}

} // namespace

caf::actor spawn_handler(caf::actor_system& system, handler_context context) {
  const auto& handler = context.target->handler;
  if (std::holds_alternative<behavior_handler>(handler))
    return spawn_as<behavior_actor>(system, std::move(context));
  if (std::holds_alternative<web_socket_handler>(handler))
    return spawn_as<web_socket_actor>(system, std::move(context));
  return spawn_as<exchange_actor>(system, std::move(context));
}

} // namespace sluice

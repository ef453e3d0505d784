#include "sluice/server/routing/router.hpp"

#include "sluice/server/routing/route_table.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

namespace sluice {

router::router() : route_group{std::make_shared<route_table>()} {}

router& router::on_start(std::function<void(caf::actor_system&)> hook) {
  if (!hook)
    throw std::invalid_argument{"an empty function can't run at the start"};
  at_start_.push_back(std::move(hook));
  return *this;
}

router& router::on_stop(std::function<void()> hook) {
  if (!hook)
    throw std::invalid_argument{"an empty function can't run at the stop"};
  at_stop_.push_back(std::move(hook));
  return *this;
}

dispatch router::find(request& head, bool asks_for_web_socket) const {
  return table().find(head, asks_for_web_socket);
}

route_extremes router::extremes() const {
  return table().extremes();
}

void router::start(caf::actor_system& system) const {
  for (const auto& hook : at_start_)
    hook(system);
}

void router::stop() const {
  std::exception_ptr failure;
  for (auto hook = at_stop_.rbegin(); hook != at_stop_.rend(); ++hook)
    try {
      (*hook)();
    } catch (...) { // the others have their turn all the same
      failure = std::current_exception();
    }
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace sluice

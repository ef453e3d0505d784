#include "sluice/server/service/server_view.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/loop/event_loop.hpp"

#include <algorithm>

namespace sluice {

duration server_view::loop::busy_for(time_point now) const noexcept {
  const auto since = context->loop.busy_since();
  return since ? std::max(now - *since, duration::zero()) : duration::zero();
}

const std::string* server_view::loop::runs() const noexcept {
  return context->loop.busy_since() ? context->loop.runs() : nullptr;
}

counters server_view::count() const noexcept {
  counters all;
  for (const auto& each : loops)
    all += each.context->count;
  return all;
}

} // namespace sluice

#include "sluice/server/service/server_view.hpp"

#include "sluice/actors/connection/loop_context.hpp"

namespace sluice {

counters server_view::count() const noexcept {
  counters all;
  for (const auto& each : loops)
    all += each.context->count;
  return all;
}

} // namespace sluice

#include "sluice/actors/handler/route_limits.hpp"

#include "sluice/actors/handler/route_limit_table.hpp"

namespace sluice {

route_settings settings_of(const route_limits& own, const route_settings& all) {
  auto holds = all;
  for_each_route_limit([&](const auto& each) {
    if (const auto& value = own.*each.own)
      holds.*each.general = *value;
  });
  return holds;
}

} // namespace sluice

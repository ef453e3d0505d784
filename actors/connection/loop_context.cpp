#include "sluice/actors/connection/loop_context.hpp"

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/protocol/http/http_date.hpp"

#include <chrono>

namespace sluice {

std::string_view date_cache::at(time_point now) {
  if (!text_.empty() && now - made_ < std::chrono::seconds{1})
    return text_;
  text_ = format_http_date(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  made_ = now;
  return text_;
}

void settled_routes::look_up(const endpoint* target, const settings& all) {
  const route_settings* holds = &all;
  if (target != nullptr) {
    auto found = known_.find(target);
    if (found == known_.end())
      found = known_.emplace(target, settings_of(target->limits, all)).first;
    holds = &found->second;
  }
  holds_ = holds;
  last_ = target;
}

} // namespace sluice

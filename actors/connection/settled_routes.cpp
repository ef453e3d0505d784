#include "sluice/actors/connection/settled_routes.hpp"

#include "sluice/actors/handler/endpoint.hpp"

namespace sluice {

void settled_routes::look_up(const endpoint* target) {
  if (target == nullptr) {
    last_ = &none_;
    return;
  }
  auto found = known_.find(target);
  if (found == known_.end()) {
    settled_route made{target, settings_of(target->limits, all_)};
    const std::lock_guard guard{mutex_};
    found = known_.emplace(target, made).first;
  }
  last_ = &found->second;
}

} // namespace sluice

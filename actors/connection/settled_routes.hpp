#pragma once

#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/route_tally.hpp"

#include <mutex>
#include <unordered_map>

namespace sluice {

struct endpoint;

/// What holds on a route, and what its loop has seen of it.
struct settled_route {
  const endpoint* target = nullptr; ///< null: for requests without a route
  route_settings holds;
  route_tally seen{};
};

/// All routes of a loop: each is settled when its first request comes, and kept. Confined to its
/// loop, but for looking at what was seen.
class settled_routes {
public:
  explicit settled_routes(const settings& all) : all_{all}, none_{nullptr, all} {}

  [[nodiscard]] settled_route& of(const endpoint* target) {
    if (target != last_->target)
      look_up(target);
    return *last_;
  }
  /// For requests without a route.
  [[nodiscard]] settled_route& none() noexcept { return none_; }

  /// Calls with each that is settled. Thread-safe.
  template <class Call>
  void for_each(Call call) const {
    call(none_);
    const std::lock_guard guard{mutex_};
    for (const auto& [target, route] : known_)
      call(route);
  }

private:
  void look_up(const endpoint* target);

  const settings& all_;
  settled_route none_;
  std::unordered_map<const endpoint*, settled_route> known_;
  settled_route* last_ = &none_; ///< mostly it is asked for again
  mutable std::mutex mutex_; ///< while `known_` changes, and while others than its loop look at it
};

} // namespace sluice

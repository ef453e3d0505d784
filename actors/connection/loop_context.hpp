#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace caf {
class actor_system;
}

namespace sluice {

class connection;
class conversation;
class dispatcher;
class event_loop;
class handler_observer;
class journal;
struct counters;
struct endpoint;

/// The Date field's value, made anew once a second. RFC 9110 sec. 6.6.1
class date_cache {
public:
  [[nodiscard]] std::string_view at(time_point now);

private:
  time_point made_{};
  std::string text_;
};

/// What holds on each route: settled when its first request comes, and kept. Confined to its loop.
class settled_routes {
public:
  /// `target`: null: no route, so that `all` holds; it does not change any more.
  [[nodiscard]] const route_settings& of(const endpoint* target, const settings& all) {
    if (target != last_ || holds_ == nullptr)
      look_up(target, all);
    return *holds_;
  }

private:
  void look_up(const endpoint* target, const settings& all);

  std::unordered_map<const endpoint*, route_settings> known_;
  const endpoint* last_ = nullptr; ///< mostly it is asked for again
  const route_settings* holds_ = nullptr;
};

/// Makes what a new connection speaks first.
using conversation_factory = std::unique_ptr<conversation> (*)(connection& with);

/// What all connections of one event loop share. Everything outlives them.
struct loop_context {
  caf::actor_system& system;
  event_loop& loop;
  const settings& limits;
  const dispatcher& routes;
  journal& log;
  counters& count;
  conversation_factory greet;
  date_cache date{};
  handler_observer* observer = nullptr; ///< the test kit; null in a server
  settled_routes settled{};
  std::size_t detached_threads = 0; ///< handlers with a thread of their own, over all loops of a
                                    ///< server; 0: no limit
};

} // namespace sluice

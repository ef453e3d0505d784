#pragma once

#include "sluice/actors/connection/roster.hpp"
#include "sluice/actors/connection/settled_routes.hpp"
#include "sluice/actors/loop/time_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace caf {
class actor_system;
}

namespace sluice {

class connection;
class conversation;
class dispatcher;
class event_loop;
class flight_recorder;
class handler_observer;
class journal;
class peer_list;
class thread_quota;
struct counters;
struct settings;

/// The Date field's value, made anew once a second. RFC 9110 sec. 6.6.1
class date_cache {
public:
  [[nodiscard]] std::string_view at(time_point now);

private:
  time_point made_{};
  std::string text_;
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
  handler_observer* observer = nullptr; ///< the test kit, or the recorder; null: nobody
  settled_routes settled{limits};
  roster connections{};
  thread_quota* threads = nullptr;     ///< for detached handlers; null: as many as there may be
  const peer_list* trusted = nullptr;  ///< whose word is taken; null: nobody's
  flight_recorder* recorder = nullptr; ///< null: nothing is recorded
  /// The number of the last request. Loops begin where they meet no other, of whatever server.
  std::uint64_t last_request = 0;
};

} // namespace sluice

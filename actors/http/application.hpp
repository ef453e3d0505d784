#pragma once

#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/protocol/http/message.hpp"

#include <optional>
#include <string>

namespace sluice {

class event_loop;

/// What the application's code said when it was asked for a response: that, or why there is none.
/// Memory that it could not get is its failure, too.
struct reply {
  std::optional<response> whole; ///< returned, or thrown as http_error
  std::string failure;           ///< what it threw instead
};

/// Who is to answer a request.
struct choice {
  const endpoint* matched = nullptr; ///< the route, also if a guard lets nobody pass
  const endpoint* target = nullptr;  ///< null: nobody
};

/// Finds the endpoint for `head` and asks its guards. Where there is no target, `instead` is what
/// they say. Memory that `routes` could not get is ours: std::bad_alloc leaves.
[[nodiscard]] choice choose_endpoint(event_loop& loop, const dispatcher& routes, request& head,
                                     reply& instead);

/// Calls the plain function of `target`. `said`: is filled
void call(event_loop& loop, const endpoint& target, const function_handler& function,
          const request& head, reply& said);

} // namespace sluice

#pragma once

#include "sluice/sluice.hpp"

namespace sluice::soak {

/// Handlers of every form and temper. What a client may expect of each stands in
/// http_scenario.cpp and web_socket_scenario.cpp.
[[nodiscard]] router make_routes();

// -- its two halves -------------------------------------------------------------

void add_http_routes(router& routes);
void add_web_socket_routes(router& routes);

/// A handler that has all the time it needs: it may be slow, not the server's fault.
inline constexpr auto ample = std::chrono::seconds{20};
/// Most content that "/limited" takes.
inline constexpr std::uint64_t content_limit = 50'000;

/// Takes what it is given, acknowledges nothing, and ends when it is told to; or, if it is
/// stubborn, not even then, so that it is killed.
enum class temper : std::uint8_t { obedient, stubborn };
[[nodiscard]] behavior_handler never_acknowledges(temper how);

} // namespace sluice::soak

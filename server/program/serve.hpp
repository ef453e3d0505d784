#pragma once

#include "sluice/server/options/config.hpp"

#include <functional>
#include <string>

namespace sluice {

class router;
struct server_view;

/// Runs a whole server program: reads flags and the configuration file, logs, listens, serves
/// `routes`, and stops gracefully on SIGTERM or SIGINT (a second one stops at once). Sockets that a
/// service manager gives (LISTEN_FDS) take the place of those of the flags, and it is told when the
/// server listens and when it stops (NOTIFY_SOCKET).
/// @returns the exit status: 0 after a clean stop, 1 after a stop that needed force, 2 when it
/// could not start
int serve(int argc, char** argv, const router& routes);

/// The same with a configuration that is already read. `on_started` is called once the server has
/// started, with what may be seen of it as long as handlers run; requests may have come before. Of
/// a server that could not start it hears nothing.
int serve(const config& wishes, const router& routes,
          const std::function<void(const server_view&)>& on_started = {});

} // namespace sluice

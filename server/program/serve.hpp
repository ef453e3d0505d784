#pragma once

#include "sluice/server/options/config.hpp"

#include <functional>
#include <string>

namespace sluice {

class router;

/// Runs a whole server program: reads flags and the configuration file, logs, listens, serves
/// `routes`, and stops gracefully on SIGTERM or SIGINT (a second one stops at once). Sockets that a
/// service manager gives (LISTEN_FDS) take the place of those of the flags, and it is told when the
/// server listens and when it stops (NOTIFY_SOCKET).
/// @returns the exit status: 0 after a clean stop, 1 after a stop that needed force, 2 when it
/// could not start
int serve(int argc, char** argv, const router& routes);

/// The same with a configuration that is already read.
int serve(const config& wishes, const router& routes);

} // namespace sluice

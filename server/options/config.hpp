#pragma once

#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// What a line of the log looks like.
enum class log_form : std::uint8_t {
  text, ///< words for people, name=value
  json, ///< a JSON object
};

/// Everything that a server program can be told, by flags or by a configuration file.
struct config {
  std::string address = "127.0.0.1"; ///< IPv4 or IPv6 address to listen on
  std::uint16_t port = 8080;         ///< 0: any free port
  std::string unix_path;             ///< if not empty: listen on this Unix socket instead
  unsigned unix_mode = 0;            ///< its permissions; 0: as the umask says
  /// Listening sockets, TCP or Unix, that another process opened, by descriptor: the server takes
  /// them over. If there are any, it binds nothing itself. No flag: `serve` learns of them from a
  /// service manager.
  std::vector<int> given_sockets;
  std::size_t threads = 0;            ///< event loops; 0: one a core
  std::size_t pool_threads = 0;       ///< threads for pooled handlers; 0: one a core, at least two
  std::size_t detached_threads = 512; ///< detached handlers at once, over all event loops: each has
                                      ///< a thread; past it 503. 0: no limit
  std::size_t max_connections = 10'000; ///< over all event loops; past it accepting pauses
  /// Octets that all connections together may hold, each reckoned with its whole bound, kernel
  /// buffers included; past it a new one is answered 503. 0: no budget.
  std::uint64_t memory_budget = 0;
  /// Who is believed what it says of requests that it passes on, their X-Request-Id and traceparent:
  /// addresses and networks parted by commas, and "unix", as peer_list reads them. Empty: nobody
  std::string trusted_peers;
  duration drain_deadline = std::chrono::seconds{30}; ///< for a graceful stop; past it everything
                                                      ///< is dropped
  duration drain_delay{};                     ///< from the signal to the stop: `/readyz` says
                                              ///< so, and clients are still served
  settings limits;                            ///< of each connection
  severity log_level = severity::information; ///< the least that is logged
  bool access_log = true;                     ///< a line for each request
  log_form log_format = log_form::text;
  bool log_query = true; ///< access lines have the query of a request's target
  std::string log_file;  ///< if not empty: log there instead of standard error
  /// If not empty, an admin listener is there: the path of a Unix socket, or an address and a port,
  /// which parse_listen_place reads.
  std::string admin;
  /// If not empty, the record of a connection whose handler fails is written to a file in this
  /// directory, with settings::record_events.
  std::string record_directory;
  /// An event loop that does not come to its sockets for longer is told in the log, with the route
  /// whose handler holds it. Zero: none is.
  duration loop_lag = std::chrono::milliseconds{250};
};

/// What is wrong with `wishes` as a whole, as a sentence; empty if nothing is.
[[nodiscard]] std::string validate(const config& wishes);

} // namespace sluice

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The server of a picture.
struct pictured_server {
  std::string state; ///< "serving" or "draining"
  std::uint64_t connections = 0;
  std::uint64_t web_sockets = 0;
  std::uint64_t handlers = 0;
  std::uint64_t requests = 0; ///< so far, like the two below
  std::uint64_t received = 0; ///< octets
  std::uint64_t sent = 0;     ///< octets
  std::uint64_t resident = 0; ///< octets of memory
};

struct pictured_loop {
  std::uint64_t number = 0;
  std::uint64_t connections = 0;
  bool has_answered = true; ///< else its connections are not in the picture
  double busy_seconds = 0;
  std::optional<std::string> runs; ///< the route whose handler it runs
};

/// An actor that a handler waits for.
struct pictured_target {
  std::uint64_t actor = 0;
  std::optional<std::string> name;
  std::uint64_t waiting = 0; ///< how many handlers wait for it
};

struct pictured_handler {
  std::string placement; ///< "on_loop", "pooled" or "detached"
  std::string state;     ///< "running", "cancelled" or "killed"
  /// What for; empty: for nothing, or for its turn. Nothing: unknown.
  std::optional<std::vector<std::string>> waits_for;
  std::optional<double> holds_seconds;
  std::optional<pictured_target> asked;
};

/// A connection.
struct pictured_stall {
  std::string peer;
  std::string protocol;
  std::string method;
  std::string route;
  std::string phase;
  std::optional<std::string> waits_for; ///< "client", "handler" or "network"
  std::optional<std::string> reason;
  double seconds = 0;
  std::optional<double> seconds_left;
  double here = 0; ///< octets in the process: read, parked and unsent; as large as may be
  std::uint64_t kernel_unread = 0;
  std::uint64_t kernel_unsent = 0;
  std::optional<pictured_handler> handler;
  std::uint64_t detached_handlers = 0;
};

/// What GET /stalls of an admin listener has shown. All text in it is printable ASCII: see
/// `printable`.
struct stall_picture {
  pictured_server server;
  std::vector<pictured_loop> loops;
  std::uint64_t matching = 0; ///< connections that the question is about
  std::vector<pictured_stall> stalls;
};

/// Throws std::runtime_error, with a sentence, where `json` has another shape.
[[nodiscard]] stall_picture read_stalls(std::string_view json);

} // namespace sluice

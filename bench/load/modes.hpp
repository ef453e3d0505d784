#pragma once

#include "bench/load/options.hpp"

#include <nlohmann/json.hpp>

namespace bench {

// What the clients of a mode do, until the window is over. Each returns the report.

/// Requests over connections that stay; `depth` of them at once, then the next when all are
/// answered.
[[nodiscard]] nlohmann::ordered_json run_get(const options& wishes);

/// A connection for each request, which the server closes.
[[nodiscard]] nlohmann::ordered_json run_connect(const options& wishes);

/// WebSocket messages that the server sends back; `depth` of them at once.
[[nodiscard]] nlohmann::ordered_json run_echo(const options& wishes);

/// WebSocket messages as fast as the server takes them; nothing is read.
[[nodiscard]] nlohmann::ordered_json run_flood(const options& wishes);

/// Bodies one after the other, as fast as the server takes them.
[[nodiscard]] nlohmann::ordered_json run_upload(const options& wishes);

/// Responses of any size, read as fast as they come, or at `rate` octets a second.
[[nodiscard]] nlohmann::ordered_json run_download(const options& wishes);

/// Connections that have done their work once and then stay: what memory they take.
[[nodiscard]] nlohmann::ordered_json run_idle(const options& wishes);

/// Clients that die while they upload or send messages: how long until their handlers have ended,
/// by what GET /ended tells.
[[nodiscard]] nlohmann::ordered_json run_kill(const options& wishes);

} // namespace bench

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// One event of text/event-stream. Source: the HTML standard, sec. 9.2
struct server_event {
  server_event() = default;
  // Not an aggregate: g++ 12 destroys one twice that is made in braces inside a co_await.
  explicit server_event(std::string lines, std::string kind = {}, std::string mark = {})
    : data{std::move(lines)}, type{std::move(kind)}, id{std::move(mark)} {}

  std::string data; ///< may have several lines
  std::string type; ///< empty: "message"
  std::string id;   ///< what a client that reconnects sends as Last-Event-ID; may be empty
  std::optional<std::chrono::milliseconds> retry; ///< how long clients are to wait before they
                                                  ///< reconnect
};

/// The event as it stands in the stream. A line break or NUL in `type` or `id` ends it there:
/// nothing that an event holds makes another event.
[[nodiscard]] std::string format(const server_event& event);

/// A comment, which clients ignore.
[[nodiscard]] std::string format_comment(std::string_view text);

} // namespace sluice

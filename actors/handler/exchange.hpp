#pragma once

#include "sluice/actors/handler/content_reader.hpp"
#include "sluice/actors/handler/context.hpp"
#include "sluice/actors/handler/event_stream.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/octets.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class exchange_actor;

/// One request and its response, seen from a coroutine handler. Everything that is sent returns
/// something to wait for; a handler that waits slows down with its client. A handler that throws
/// http_error before it has begun its response answers with it; one that throws anything else, or
/// returns without having answered, has failed: 500.
///
/// A handler may go on after its response, with work of its own that a disconnect does not cancel;
/// it is counted, and a stop waits for it until the drain deadline.
class exchange : public context {
public:
  explicit exchange(exchange_actor& self) noexcept;

  [[nodiscard]] content_reader& content() noexcept { return content_; }

  /// Answers with a whole response. Content larger than settings::output_cap is refused: send it in
  /// pieces.
  pending_answer respond(response whole);
  pending_answer respond(status code, std::string content = {});

  /// Starts a response whose content follows. `length`: octets to come; without it the content is
  /// chunked. Answered at once: the head leaves with what is sent right after it.
  pending_answer begin(status code, fields head = {},
                       std::optional<std::uint64_t> length = std::nullopt);
  /// Sends a piece of content.
  pending_answer send(octets piece);
  pending_answer send(std::string_view piece);
  /// Ends the response. Without it the client sees a truncated response, never a complete one.
  pending_answer finish(fields trailers = {});

  /// How long a feed of events may be silent before a comment is sent, which clients ignore: it
  /// keeps proxies from closing it, and finds clients that are gone.
  static constexpr std::chrono::seconds default_heartbeat{15};

  /// Starts a response of server-sent events, which has no end but the client's, the handler's or
  /// the server's. The handler may be silent for as long as it likes. A client that has shut down
  /// its side is gone. When the server stops the feed ends and its handler is cancelled, unless that
  /// has called `draining`. `heartbeat`: zero: none
  [[nodiscard]] event_stream events(duration heartbeat = default_heartbeat);

  /// Fields that the head of the response will get beside its own, whoever sends it: for
  /// middleware. What is added after the head was sent is lost.
  [[nodiscard]] fields& response_fields() noexcept;
  /// Whether the handler has sent the head of its response.
  [[nodiscard]] bool has_begun() const noexcept;

private:
  exchange_actor* self_;
  content_reader content_;
};

} // namespace sluice

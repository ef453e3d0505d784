#pragma once

#include "actors/messages.hpp"
#include "actors/time_source.hpp"
#include "protocol/http/message.hpp"
#include "protocol/octets.hpp"

#include <coroutine>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace caf {
class event_based_actor;
}

namespace sluice {

class coroutine_actor;
class exchange_actor;

/// A handler asked its connection for something that cannot be: a second answer, content after the
/// end, more unsent octets than the cap. The connection goes on; what was refused was not sent.
class handler_fault : public std::logic_error {
public:
  explicit handler_fault(refusal why);
  [[nodiscard]] refusal why() const noexcept { return why_; }

private:
  refusal why_;
};

/// Something that a coroutine handler has started and can wait for: `co_await` resumes once what
/// was sent has left for the kernel, or the delay is over. Throws handler_fault if the connection
/// refused it.
class [[nodiscard]] pending_answer {
public:
  pending_answer(coroutine_actor& self, std::uint64_t ticket) noexcept
    : self_{&self}, ticket_{ticket} {}
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> waiting) const noexcept;
  void await_resume() const;

private:
  coroutine_actor* self_;
  std::uint64_t ticket_;
};

/// Waits for the next chunk.
class [[nodiscard]] pending_chunk {
public:
  explicit pending_chunk(exchange_actor& self) noexcept : self_{&self} {}
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> waiting) const noexcept;
  [[nodiscard]] std::optional<octets> await_resume() const;

private:
  exchange_actor* self_;
};

/// The content of a request, chunk by chunk.
class content_reader {
public:
  explicit content_reader(exchange_actor& self) noexcept : self_{&self} {}

  /// The next chunk, at most settings::chunk_size octets; nothing once the content is complete.
  /// Acknowledges the chunk before: until the next call the client is not read from. If the content
  /// can't become complete, the handler is cancelled instead.
  pending_chunk next();

  /// The trailer section, once `next` has returned nothing.
  [[nodiscard]] const fields& trailers() const noexcept;

private:
  exchange_actor* self_;
};

/// One request and its response, seen from a coroutine handler. Confined to the handler's actor.
/// Everything that is sent returns something to wait for; a handler that waits slows down with its
/// client.
class exchange {
public:
  explicit exchange(exchange_actor& self) noexcept : self_{&self}, content_{self} {}
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  [[nodiscard]] const sluice::request& request() const noexcept;
  /// The route parameter called `name`; empty when the route has none.
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
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

  /// Resumes after `length`; cancelled like everything else.
  pending_answer delay(duration length);

  /// The handler as an actor: to send messages to other actors, to spawn, to monitor.
  [[nodiscard]] caf::event_based_actor& self() noexcept;

private:
  exchange_actor* self_;
  content_reader content_;
};

} // namespace sluice

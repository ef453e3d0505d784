#pragma once

#include "sluice/actors/handler/awaitable.hpp"
#include "sluice/actors/handler/handler_log.hpp"
#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/parameter.hpp"
#include "sluice/protocol/http/problem.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace caf {
class actor;
class event_based_actor;
} // namespace caf

namespace sluice {

/// A handler asked its connection for something that cannot be: a second answer, content after the
/// end, more unsent octets than the cap. The connection goes on; what was refused was not sent.
class handler_fault : public std::logic_error {
public:
  explicit handler_fault(refusal why);
  [[nodiscard]] refusal why() const noexcept { return why_; }

private:
  refusal why_;
};

/// What a coroutine handler has sent: `co_await` resumes once it has left for the kernel. Throws
/// handler_fault if the connection refused it. A handler that drops it does not wait,
/// and hears of no refusal.
/// From a container it is awaited as `co_await std::move(answers[i])`: g++ 12 would copy it.
class [[nodiscard]] pending_answer final : public awaitable {
public:
  pending_answer(coroutine_actor& self, std::uint64_t ticket) noexcept
    : awaitable{self}, ticket_{ticket} {}
  pending_answer(pending_answer&& other) noexcept
    : awaitable{other}, ticket_{std::exchange(other.ticket_, 0)} {}
  pending_answer& operator=(pending_answer&&) = delete;
  ~pending_answer();

  [[nodiscard]] bool is_ready() const noexcept override;
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::sent; }
  void await_resume() const;

private:
  std::uint64_t ticket_;
};

/// Some time: `co_await` resumes when it is over. Dropping it ends the delay.
class [[nodiscard]] pending_delay final : public awaitable {
public:
  pending_delay(coroutine_actor& self, duration length);
  pending_delay(pending_delay&& other) noexcept
    : awaitable{other}, ticket_{std::exchange(other.ticket_, 0)} {}
  pending_delay& operator=(pending_delay&&) = delete;
  ~pending_delay();

  [[nodiscard]] bool is_ready() const noexcept override;
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::time; }
  void await_resume() const noexcept {}

private:
  std::uint64_t ticket_;
};

/// The stop of the server: `co_await` resumes when it has begun.
class [[nodiscard]] pending_stop final : public awaitable {
public:
  explicit pending_stop(coroutine_actor& self);

  [[nodiscard]] bool is_ready() const noexcept override;
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::stop; }
  void await_resume() const noexcept {}
};

/// What every coroutine handler has: the head of its request, time, and itself as an actor.
/// Confined to the handler's actor. For other actors include <sluice/actors.hpp>.
class context {
public:
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  /// The head of the request, or of the WebSocket's opening handshake.
  [[nodiscard]] const sluice::request& request() const noexcept;
  /// The route parameter called `name`, decoded; empty when the route has none.
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
  /// The same as a T: a number, a bool, or whatever has a parameter_reader. Throws http_error 400
  /// if it is none; with route_options::param the request is refused before the handler runs.
  template <class T>
  [[nodiscard]] T param(std::string_view name) const {
    auto value = parameter_reader<T>::read(param(name));
    if (!value)
      refuse_parameter("path", name);
    return *std::move(value);
  }
  /// The query parameter called `name`, decoded; the first if there are several.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// The same as a T, if it is there. Throws http_error 400 if it is none; with
  /// route_options::query the request is refused before the handler runs.
  template <class T>
  [[nodiscard]] std::optional<T> query(std::string_view name) const {
    const auto text = query(name);
    if (!text && !has_query(name))
      return std::nullopt;
    auto value = text ? parameter_reader<T>::read(*text) : std::nullopt;
    if (!value)
      refuse_parameter("query", name);
    return value;
  }
  /// The value of the first field line called `name`.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const noexcept;
  /// The value of the cookie called `name`. RFC 6265 sec. 4.2
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const noexcept;

  /// To say something to those who run the server.
  [[nodiscard]] handler_log log() const noexcept;
  /// Which request this is, for actors that are asked for its sake: they may log it and pass it on.
  [[nodiscard]] request_trace trace() const;

  /// Resumes after `length`; cancelled like everything else.
  pending_delay delay(duration length);

  /// Resumes when the server has begun to stop, which then waits for the handler to end until the
  /// drain deadline:
  ///
  ///     auto event = co_await sluice::first_of(news.next(), http.draining());
  ///
  /// A WebSocket, or a feed of events, whose handler has called this is left to it; others end when
  /// the stop begins.
  pending_stop draining();
  /// Whether it has; known only to a handler that has called `draining`.
  [[nodiscard]] bool is_draining() const noexcept;

  /// The handler as an actor: to send messages to other actors, to spawn, to monitor.
  [[nodiscard]] caf::event_based_actor& self() noexcept;
  /// Ends `child` when this handler ends, however it does: it is sent an exit message.
  /// @returns `child`
  caf::actor adopt(caf::actor child);

  /// For what is built on it: ask, inbox, event_stream.
  [[nodiscard]] coroutine_actor& runner() const noexcept { return *self_; }

protected:
  explicit context(coroutine_actor& self) noexcept : self_{&self} {}
  ~context() = default;

private:
  /// Also if its value can't be decoded.
  [[nodiscard]] bool has_query(std::string_view name) const;
  [[noreturn]] static void refuse_parameter(std::string_view where, std::string_view name);

  coroutine_actor* self_;
};

} // namespace sluice

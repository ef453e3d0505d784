#pragma once

#include "sluice/actors/handler/awaitable.hpp"
#include "sluice/actors/handler/context.hpp"
#include "sluice/actors/handler/coroutine_actor.hpp"
#include "sluice/actors/handler/spawn.hpp"

#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/message.hpp>

#include <cstddef>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice {

/// Another actor answered a request with an error, or can't answer it: it is down, or
/// answers with something else.
class request_failed : public std::runtime_error {
public:
  explicit request_failed(caf::error why);
  [[nodiscard]] const caf::error& why() const noexcept { return why_; }

private:
  caf::error why_;
};

/// The answer of another actor: `co_await` resumes with it. Throws request_failed.
template <class... T>
class [[nodiscard]] pending_reply final : public awaitable {
public:
  pending_reply(coroutine_actor& self, std::uint64_t ticket) noexcept
    : awaitable{self}, ticket_{ticket} {}
  pending_reply(pending_reply&& other) noexcept
    : awaitable{other}, ticket_{std::exchange(other.ticket_, 0)} {}
  pending_reply& operator=(pending_reply&&) = delete;
  ~pending_reply() { waits_in().forget(ticket_); }

  [[nodiscard]] bool is_ready() const noexcept override { return waits_in().is_answered(ticket_); }
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::reply; }
  auto await_resume() const {
    if (const auto& error = waits_in().error_of(ticket_))
      throw request_failed{error};
    auto content = waits_in().take_content(ticket_);
    return take(content, std::index_sequence_for<T...>{});
  }

private:
  template <std::size_t... Index>
  static auto take(caf::message& content, std::index_sequence<Index...>) {
    if constexpr (sizeof...(T) == 1)
      return (std::move(content.get_mutable_as<T>(Index)), ...);
    else if constexpr (sizeof...(T) > 1)
      return std::tuple<T...>{std::move(content.get_mutable_as<T>(Index))...};
  }

  std::uint64_t ticket_;
};

/// Sends a request to another actor, at once, and waits for its answer of the types T...: none for
/// an empty answer, one for a value, several for a std::tuple. Throws request_failed, also for an
/// answer of other types.
///
///     const auto count = co_await sluice::ask<int>(http, counter, get_atom::value);
///
/// It has no time limit of its own: a handler that waits meets its route's handler deadline. For
/// another: `first_of(sluice::ask<int>(...), http.delay(2s))`.
template <class... T, class Actor, class... Content>
[[nodiscard]] pending_reply<T...> ask(context& of, const Actor& whom, Content&&... content) {
  static_assert(sizeof...(Content) > 0, "a request has content: an atom at least");
  auto& self = of.runner();
  const auto ticket = self.expect_answer();
  auto request = self.request(whom, caf::infinite, std::forward<Content>(content)...);
  self.set_request(ticket, request.id(), caf::actor_cast<caf::actor_addr>(whom).id());
  request.then(
    [&self, ticket](T&... values) {
      self.on_answer(ticket, {}, caf::make_message(std::move(values)...));
    },
    [&self, ticket](caf::error& why) { self.on_answer(ticket, std::move(why)); });
  return pending_reply<T...>{self, ticket};
}

/// Spawns an actor that ends with the handler `of`, however that ends: it is sent an exit message.
/// It runs on CAF's pool, or, with caf::detached, on a thread of its own.
template <caf::spawn_options Options = caf::no_spawn_options, class F, class... Args>
caf::actor spawn_child(context& of, F&& function, Args&&... arguments) {
  return of.adopt(internal::spawn_by<Options>(of.self(), std::forward<F>(function),
                                              std::forward<Args>(arguments)...));
}

} // namespace sluice

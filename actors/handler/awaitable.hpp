#pragma once

#include "sluice/actors/handler/waiting_for.hpp"

#include <array>
#include <coroutine>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice {

class coroutine_actor;

/// Something that a coroutine handler can `co_await`: a chunk, a message, an answer, a delay.
/// A handler waits for one at a time, or with `first_of` for the first of several.
class awaitable {
public:
  /// Whether there is nothing left to wait for.
  [[nodiscard]] virtual bool is_ready() const noexcept = 0;
  /// What it is, for who asks what handlers wait for.
  [[nodiscard]] virtual waiting_for what() const noexcept { return waiting_for::something; }

  [[nodiscard]] bool await_ready() const noexcept { return is_ready(); }
  void await_suspend(std::coroutine_handle<> waiting) const noexcept;
  [[nodiscard]] coroutine_actor& waits_in() const noexcept { return *self_; }

protected:
  explicit awaitable(coroutine_actor& self) noexcept : self_{&self} {}
  awaitable(const awaitable&) noexcept = default;
  awaitable& operator=(const awaitable&) noexcept = default;
  ~awaitable() = default;

private:
  coroutine_actor* self_;
};

namespace internal {

/// A number that goes up with each call: where `first_of` begins to look.
[[nodiscard]] std::size_t next_turn(coroutine_actor& self) noexcept;

template <class Awaitable>
using outcome = decltype(std::declval<Awaitable&>().await_resume());

/// `void` as something that a variant can hold.
template <class Awaitable>
using kept_outcome = std::conditional_t<std::is_void_v<outcome<Awaitable>>, std::monostate,
                                        outcome<Awaitable>>;

} // namespace internal

/// Waits for the first of several: see first_of.
template <class... Choices>
class [[nodiscard]] pending_first final : public awaitable {
public:
  using result = std::variant<internal::kept_outcome<Choices>...>;

  explicit pending_first(coroutine_actor& self, Choices... choices)
    : awaitable{self}, choices_{std::move(choices)...} {}

  [[nodiscard]] bool is_ready() const noexcept override {
    return std::apply([](const auto&... choice) { return (choice.is_ready() || ...); }, choices_);
  }
  [[nodiscard]] waiting_for what() const noexcept override {
    return std::apply([](const auto&... choice) { return (choice.what() | ...); }, choices_);
  }
  result await_resume() { return take(std::index_sequence_for<Choices...>{}); }

private:
  template <std::size_t... Index>
  result take(std::index_sequence<Index...>) {
    using taker = result (pending_first::*)();
    static constexpr std::array<taker, sizeof...(Choices)> takers{
      &pending_first::take_at<Index>...};
    const std::array<bool, sizeof...(Choices)> ready{std::get<Index>(choices_).is_ready()...};
    auto at = internal::next_turn(waits_in()) % sizeof...(Choices);
    while (!ready[at])
      at = (at + 1) % sizeof...(Choices);
    return (this->*takers[at])();
  }
  template <std::size_t Index>
  result take_at() {
    auto& choice = std::get<Index>(choices_);
    if constexpr (std::is_void_v<decltype(choice.await_resume())>) {
      choice.await_resume();
      return result{std::in_place_index<Index>};
    } else {
      return result{std::in_place_index<Index>, choice.await_resume()};
    }
  }

  std::tuple<Choices...> choices_;
};

/// Waits for the first of several, of the same handler:
///
///     auto event = co_await first_of(socket.next(), room.next(), socket.delay(30s));
///     switch (event.index()) { case 0: ... std::get<0>(event) ...
///
/// Resumes with a std::variant whose index says which it was; a choice without result is a
/// std::monostate. Of several that are ready each gets its turn, and nothing is lost: what was not
/// chosen is there for the next call. A delay that was not chosen is over.
template <class First, class... More>
[[nodiscard]] auto first_of(First first, More... more) {
  static_assert(std::is_base_of_v<awaitable, First> && (std::is_base_of_v<awaitable, More> && ...),
                "first_of takes what a handler waits for: next(), send(), delay(), ask(), ...");
  auto& self = first.waits_in();
  return pending_first<First, More...>{self, std::move(first), std::move(more)...};
}

} // namespace sluice

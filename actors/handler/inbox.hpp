#pragma once

#include "sluice/actors/handler/awaitable.hpp"
#include "sluice/actors/handler/bounded_queue.hpp"
#include "sluice/actors/handler/context.hpp"

#include <caf/message.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sluice {

/// What every inbox is: a bounded queue of messages that its handler's actor was sent.
class inbox_base {
public:
  inbox_base(const inbox_base&) = delete;
  inbox_base& operator=(const inbox_base&) = delete;

  [[nodiscard]] virtual bool wants(const caf::type_erased_tuple& content) const noexcept = 0;
  void push(bounded_queue<caf::message>::entry next);
  /// Messages that wait.
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

protected:
  inbox_base(coroutine_actor& self, push_policy policy);
  /// Senders that wait for an answer are told that there will be none.
  ~inbox_base();
  /// The first message, whose sender is answered. @pre size() > 0
  [[nodiscard]] caf::message take();
  [[nodiscard]] coroutine_actor& self() const noexcept { return self_; }

private:
  coroutine_actor& self_;
  bounded_queue<caf::message> waiting_;
};

/// Messages of other actors to a coroutine handler: those of exactly the types T..., from when it
/// is made. Like content they come one by one, when the handler asks for them, and a sender that
/// sent its message as a request is answered when the handler takes it, so that it slows down with
/// the handler. `policy` says what happens to what is sent faster; there is nothing to close here,
/// so slow_consumer::close drops the new message.
///
///     sluice::inbox<std::string> news{socket};
///     socket.self().send(room, join_atom::value, caf::actor{&socket.self()});
///     while (true) {
///       auto event = co_await sluice::first_of(socket.next(), news.next());
template <class... T>
class inbox final : public inbox_base {
public:
  static_assert(sizeof...(T) > 0, "an inbox is for messages of some type: inbox<std::string>");
  static_assert((std::is_same_v<T, std::decay_t<T>> && ...), "an inbox holds values");
  /// The value that a message carries, or a tuple of them if there are several.
  using value = std::conditional_t<sizeof...(T) == 1, std::tuple_element_t<0, std::tuple<T...>>,
                                   std::tuple<T...>>;

  explicit inbox(context& of, push_policy policy = {slow_consumer::drop_oldest, 64})
    : inbox_base{of.runner(), policy} {}

  class [[nodiscard]] pending final : public awaitable {
  public:
    explicit pending(inbox& from, coroutine_actor& self) noexcept : awaitable{self}, from_{&from} {}
    [[nodiscard]] bool is_ready() const noexcept override { return from_->size() > 0; }
    [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::inbox; }
    [[nodiscard]] value await_resume() const { return from_->take_value(); }

  private:
    inbox* from_;
  };
  /// Waits for the next message.
  pending next() noexcept { return pending{*this, self()}; }

  [[nodiscard]] bool wants(const caf::type_erased_tuple& content) const noexcept override {
    return content.match_elements<T...>();
  }

private:
  value take_value() {
    auto content = take();
    return take_elements(content, std::index_sequence_for<T...>{});
  }
  template <std::size_t... Index>
  static value take_elements(caf::message& content, std::index_sequence<Index...>) {
    return value{std::move(content.get_mutable_as<T>(Index))...};
  }
};

} // namespace sluice

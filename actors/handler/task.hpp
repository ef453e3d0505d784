#pragma once

#include "sluice/protocol/memory/block_cache.hpp"

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice {

namespace internal {

/// What the promises of all tasks share: who goes on after the coroutine, and what it threw.
class task_promise_base {
public:
  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[nodiscard]] std::coroutine_handle<> await_suspend(
      std::coroutine_handle<Promise> ended) const noexcept {
      return ended.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  // A coroutine comes and goes with each request: so does its frame.
  static void* operator new(std::size_t size) { return block_cache::take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept {
    block_cache::give(frame, size);
  }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    (thrown_by_destructor != nullptr ? *thrown_by_destructor : failure) = std::current_exception();
  }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr failure;
  std::exception_ptr* thrown_by_destructor = nullptr; ///< set while the frame is destroyed
};

template <class T>
class task_promise;

/// Keeps what a destructor threw while a coroutine's frame was destroyed: who destroys it can't be
/// told by an exception.
void note_thrown_by_destructor(const std::exception_ptr& thrown) noexcept;
/// The first that this thread has kept since the last call; null: there was none.
[[nodiscard]] std::exception_ptr take_thrown_by_destructor() noexcept;

/// Destroys a coroutine where it is suspended, whatever its locals' destructors throw. One that
/// throws unwinds the others, and what it threw is kept. One of a parameter that throws leaves the
/// frame's memory behind: nothing else can free it.
template <class Promise>
void destroy_frame(std::coroutine_handle<Promise> frame) noexcept {
  std::exception_ptr thrown;
  frame.promise().thrown_by_destructor = &thrown;
  frame.promise().continuation = std::noop_coroutine(); // whoever awaits it does not go on
  try {
    frame.destroy();
#ifndef __clang__
    // g++ takes the exception for one of the coroutine's own, and suspends it for the last time
    // instead of freeing it.
    if (thrown)
      frame.destroy();
#endif
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown)
    note_thrown_by_destructor(thrown);
}

} // namespace internal

/// A coroutine that returns a T to the coroutine that awaits it. It starts when it is awaited;
/// whoever owns the task destroys the coroutine with it, wherever it is suspended.
///
/// Parameters of a coroutine are values, or outlive it by contract, as `exchange` and `web_socket`
/// do. A capturing lambda must not be a coroutine unless it outlives its call.
template <class T>
class [[nodiscard]] task_of {
public:
  static_assert(!std::is_reference_v<T>, "a task returns a value: let it return a pointer instead");
  using promise_type = internal::task_promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  task_of() noexcept = default;
  explicit task_of(handle coroutine) noexcept : coroutine_{coroutine} {}
  task_of(task_of&& other) noexcept : coroutine_{std::exchange(other.coroutine_, {})} {}
  task_of& operator=(task_of&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~task_of() {
    if (coroutine_)
      internal::destroy_frame(coroutine_);
  }

  /// Runs the coroutine up to its first suspension. @pre valid and not yet started
  void start() const { coroutine_.resume(); }
  /// Whether the coroutine has run to its end; also if there is none.
  [[nodiscard]] bool is_done() const noexcept { return !coroutine_ || coroutine_.done(); }
  /// Throws what the coroutine threw. @pre is_done()
  void rethrow() const {
    if (coroutine_ && coroutine_.promise().failure)
      std::rethrow_exception(coroutine_.promise().failure);
  }
  explicit operator bool() const noexcept { return static_cast<bool>(coroutine_); }

  class awaiter {
  public:
    explicit awaiter(handle coroutine) noexcept : coroutine_{coroutine} {}
    [[nodiscard]] bool await_ready() const noexcept { return !coroutine_ || coroutine_.done(); }
    // Not by symmetric transfer, which is a call where the compiler does not optimise: a loop over
    // tasks that never suspend must not grow the stack.
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> awaiting) const {
      coroutine_.resume();
      if (coroutine_.done())
        return false;
      coroutine_.promise().continuation = awaiting;
      return true;
    }
    T await_resume() const {
      if constexpr (std::is_void_v<T>) {
        if (coroutine_ && coroutine_.promise().failure)
          std::rethrow_exception(coroutine_.promise().failure);
      } else {
        if (coroutine_.promise().failure)
          std::rethrow_exception(coroutine_.promise().failure);
        return std::move(*coroutine_.promise().value);
      }
    }

  private:
    handle coroutine_;
  };
  /// Runs the task and waits for its end. Once for each task. @pre valid, unless T is void
  awaiter operator co_await() const noexcept { return awaiter{coroutine_}; }

private:
  handle coroutine_;
};

/// A coroutine without result: a handler, or a part of one.
using task = task_of<void>;

namespace internal {

template <class T>
class task_promise final : public task_promise_base {
public:
  task_of<T> get_return_object() noexcept {
    return task_of<T>{std::coroutine_handle<task_promise>::from_promise(*this)};
  }
  template <class Value>
  void return_value(Value&& result) {
    value.emplace(std::forward<Value>(result));
  }

  std::optional<T> value;
};

template <>
class task_promise<void> final : public task_promise_base {
public:
  task get_return_object() noexcept {
    return task{std::coroutine_handle<task_promise>::from_promise(*this)};
  }
  void return_void() const noexcept {}
};

} // namespace internal

} // namespace sluice

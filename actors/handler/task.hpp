#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace sluice {

/// A coroutine: a handler, or a part of one that another awaits. It starts when it is awaited, or
/// when its actor starts it; whoever owns the task destroys the coroutine with it, wherever it is
/// suspended.
///
/// Parameters of a coroutine are values, or outlive it by contract, as `exchange` and `web_socket`
/// do. A capturing lambda must not be a coroutine unless it outlives its call.
class [[nodiscard]] task {
public:
  struct promise_type;
  using handle = std::coroutine_handle<promise_type>;

  task() noexcept = default;
  task(task&& other) noexcept : coroutine_{std::exchange(other.coroutine_, {})} {}
  task& operator=(task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~task() {
    if (coroutine_)
      coroutine_.destroy();
  }

  /// Runs the coroutine up to its first suspension. @pre valid and not yet started
  void start() const;
  /// Whether the coroutine has run to its end.
  [[nodiscard]] bool is_done() const noexcept;
  /// Throws what the coroutine threw. @pre is_done()
  void rethrow() const;
  explicit operator bool() const noexcept { return static_cast<bool>(coroutine_); }

  struct awaiter;
  awaiter operator co_await() const noexcept;

private:
  explicit task(handle coroutine) noexcept : coroutine_{coroutine} {}
  handle coroutine_;
};

struct task::promise_type {
  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] std::coroutine_handle<> await_suspend(handle ended) const noexcept {
      return ended.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  task get_return_object() noexcept { return task{handle::from_promise(*this)}; }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  final_awaiter final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr failure;
};

struct task::awaiter {
  handle coroutine;
  [[nodiscard]] bool await_ready() const noexcept { return !coroutine || coroutine.done(); }
  [[nodiscard]] std::coroutine_handle<> await_suspend(
    std::coroutine_handle<> awaiting) const noexcept {
    coroutine.promise().continuation = awaiting;
    return coroutine;
  }
  void await_resume() const {
    if (coroutine && coroutine.promise().failure)
      std::rethrow_exception(coroutine.promise().failure);
  }
};

inline task::awaiter task::operator co_await() const noexcept {
  return {coroutine_};
}

inline void task::start() const {
  coroutine_.resume();
}

inline bool task::is_done() const noexcept {
  return !coroutine_ || coroutine_.done();
}

inline void task::rethrow() const {
  if (coroutine_ && coroutine_.promise().failure)
    std::rethrow_exception(coroutine_.promise().failure);
}

} // namespace sluice

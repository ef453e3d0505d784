#pragma once

#include "sluice/actors/loop/io_handler.hpp"
#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/loop/timer_queue.hpp"

#include <caf/execution_unit.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace sluice {

class poller;

/// An actor whose messages an event loop runs one by one.
class pinned_actor {
public:
  virtual ~pinned_actor() = default;
  virtual void receive(caf::mailbox_element_ptr element) = 0;
  /// The reference that keeps the actor in place while one of its messages waits.
  [[nodiscard]] virtual caf::strong_actor_ptr keep_alive() = 0;
};

/// What the kernel has to tell, a run queue and timers on one thread: the CAF execution unit that
/// connections and their handlers run on. What an actor on the loop sends to another on the same
/// loop runs without a thread hop.
class event_loop final : public caf::execution_unit {
public:
  /// How many jobs run between two looks at the descriptors (S52).
  static constexpr std::size_t jobs_per_round = 256;

  /// Throws std::system_error, with a sentence for the user, when the kernel gives no epoll set or
  /// eventfd.
  [[nodiscard]] static std::unique_ptr<event_loop> make(caf::actor_system& system,
                                                        const time_source& time,
                                                        std::size_t read_buffer);
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop() override;

  /// Runs until `stop`. Call it on the thread that is to own the loop.
  void run();
  /// Runs one round without sleeping, on the calling thread, which then counts as the loop's: for
  /// tests that drive time. @returns whether anything ran
  bool turn();
  /// Runs one job alone: a message of a pinned actor, one message of another, or a call. `choose`
  /// is given how many jobs wait and says which is to run; messages to one actor keep their order
  /// all the same. For tests that try orders, as `turn`, without a look at the descriptors.
  /// @returns whether anything ran
  bool step(const std::function<std::size_t(std::size_t)>& choose);
  /// Ends `run` after the current round. Thread-safe.
  void stop();
  /// Gives back what nobody will run, and from now on what is posted: a request is answered
  /// `request_receiver_down`. `run` ends with it. Thread-safe once the loop's thread has ended.
  void close();
  /// Makes a sleeping loop look at its queue and the time. Thread-safe.
  void wake();

  /// Has an actor resumed by CAF's pool. This is what CAF calls for an actor that something on the
  /// loop has woken or spawned: it is the application's, and may block (S94). Thread-safe.
  void exec_later(caf::resumable* runnable) override;
  /// Queues a handler that is placed on this loop to be resumed here. Takes over one reference to
  /// it. Thread-safe.
  void resume_here(caf::resumable& handler);
  /// The execution unit to wake and to launch such handlers by, where CAF does it.
  [[nodiscard]] caf::execution_unit& for_handlers() noexcept { return for_handlers_; }
  /// Queues a message for an actor that is pinned here. Thread-safe.
  void post(pinned_actor& receiver, caf::mailbox_element_ptr element);
  /// Queues a call. Thread-safe.
  void post(std::unique_ptr<class loop_task> task);

  /// Queues a call for after the next look at the descriptors: a connection with more work than its
  /// share goes on with it there (S52). Only on the loop's thread.
  void post_next_round(std::unique_ptr<class loop_task> task);

  [[nodiscard]] bool is_current_thread() const noexcept;

  /// Since when it has not looked at its descriptors, so that others wait; nothing while it sleeps
  /// or has nothing to do. Thread-safe.
  [[nodiscard]] std::optional<time_point> busy_since() const noexcept;
  /// Whose code of the application it runs now: what `code_run` was given; null: none. Thread-safe.
  [[nodiscard]] const std::string* runs() const noexcept {
    return runs_.load(std::memory_order_relaxed);
  }
  /// For who does by hand what `run` does: work begins, or is over. Confined to the loop.
  void note_busy() noexcept {
    busy_since_.store(now_.time_since_epoch().count(), std::memory_order_relaxed);
  }
  void note_idle() noexcept { busy_since_.store(idle, std::memory_order_relaxed); }

  [[nodiscard]] std::error_code watch(int descriptor, interest what, io_handler& handler);
  /// Stops watching; events already fetched for it are dropped.
  void unwatch(int descriptor, io_handler& handler) noexcept;

  /// The time at the start of this round.
  [[nodiscard]] time_point now() const noexcept { return now_; }
  /// The time now: for what is measured, not for deadlines.
  [[nodiscard]] time_point exact_time() const noexcept { return time_.now(); }
  [[nodiscard]] timer_queue& timers() noexcept { return timers_; }
  /// A buffer that anybody on the loop may use until it returns; its size is that of one read.
  [[nodiscard]] std::span<std::byte> read_buffer() noexcept { return read_buffer_; }

private:
  friend class code_run;

  struct job {
    caf::resumable* runnable = nullptr;
    pinned_actor* receiver = nullptr;
    caf::strong_actor_ptr keep_alive;
    caf::mailbox_element_ptr element;
    std::unique_ptr<class loop_task> task;
  };

  /// Queues what CAF gives it on the loop.
  class handler_unit final : public caf::execution_unit {
  public:
    explicit handler_unit(event_loop& loop) : caf::execution_unit{&loop.system()}, loop_{loop} {}
    void exec_later(caf::resumable* runnable) override { loop_.resume_here(*runnable); }

  private:
    event_loop& loop_;
  };

  event_loop(caf::actor_system& system, const time_source& time, std::size_t read_buffer,
             std::unique_ptr<poller> kernel);
  void push(job what);
  static void give_back(job& what);
  void take_posted();
  void take_next_round();
  std::size_t run_jobs(std::size_t most);
  void run_one(job& what, std::size_t messages);
  std::size_t poll(bool may_sleep);
  [[nodiscard]] int sleep_time() const noexcept;

  handler_unit for_handlers_;
  const time_source& time_;
  time_point now_;
  std::unique_ptr<poller> poller_;
  std::atomic<std::thread::id> thread_; ///< written once by the loop, read by whoever sends
  std::atomic<bool> stopping_{false};
  static constexpr auto idle = std::numeric_limits<duration::rep>::max();
  std::atomic<duration::rep> busy_since_{idle}; ///< written by the loop's thread, as is the next
  std::atomic<const std::string*> runs_{nullptr};
  std::deque<job> queue_;
  std::vector<job> next_round_; ///< joins queue_ once the descriptors have been looked at
  timer_queue timers_;
  std::vector<std::byte> read_buffer_;

  std::mutex posted_mutex_;
  std::vector<job> posted_;
  std::atomic<bool> has_posted_ = false; ///< written under posted_mutex_, read without it
  bool is_closed_ = false;               ///< guarded by posted_mutex_
  std::vector<job> taken_;
};

/// While it lives its loop runs code of the application: of `whose`, a route for example, which
/// outlives the loop. Confined to the loop.
class code_run {
public:
  code_run(event_loop& loop, const std::string& whose) noexcept
    : loop_{loop}, before_{loop.runs()} {
    loop_.runs_.store(&whose, std::memory_order_relaxed);
  }
  code_run(const code_run&) = delete;
  code_run& operator=(const code_run&) = delete;
  ~code_run() { loop_.runs_.store(before_, std::memory_order_relaxed); }

private:
  event_loop& loop_;
  const std::string* before_;
};

/// A call that an event loop makes once.
class loop_task {
public:
  virtual ~loop_task() = default;
  virtual void run() = 0;
};

/// `call` as a task.
template <class Call>
std::unique_ptr<loop_task> make_task_of(Call call) {
  struct bound final : loop_task {
    explicit bound(Call c) : call{std::move(c)} {}
    void run() override { call(); }
    Call call;
  };
  return std::make_unique<bound>(std::move(call));
}

/// Queues `call` on `loop`. Thread-safe.
template <class Call>
void post_call(event_loop& loop, Call call) {
  loop.post(make_task_of(std::move(call)));
}

/// Queues `call` for the next round of `loop`. Only on the loop's thread.
template <class Call>
void post_call_next_round(event_loop& loop, Call call) {
  loop.post_next_round(make_task_of(std::move(call)));
}

} // namespace sluice

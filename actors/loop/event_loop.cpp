#include "sluice/actors/loop/event_loop.hpp"

#include "sluice/actors/caf/bounce_element.hpp"
#include "sluice/actors/loop/poller.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t messages_per_resume = 50;

} // namespace

event_loop::event_loop(caf::actor_system& system, const time_source& time, std::size_t read_buffer,
                       std::unique_ptr<poller> kernel)
  : caf::execution_unit{&system},
    for_handlers_{*this},
    time_{time},
    now_{time.now()},
    poller_{std::move(kernel)},
    read_buffer_(read_buffer) {}

std::unique_ptr<event_loop> event_loop::make(caf::actor_system& system, const time_source& time,
                                             std::size_t read_buffer) {
  return std::unique_ptr<event_loop>{new event_loop{system, time, read_buffer, poller::make()}};
}

event_loop::~event_loop() {
  close();
}

bool event_loop::is_current_thread() const noexcept {
  return std::this_thread::get_id() == thread_.load(std::memory_order_relaxed);
}

void event_loop::run() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  now_ = time_.now();
  while (!stopping_.load(std::memory_order_acquire)) {
    take_posted();
    run_jobs(jobs_per_round);
    poll(queue_.empty() && next_round_.empty());
    timers_.run_due(now_);
    take_next_round();
  }
  // What was sent before the stop still runs, so that ending actors can say goodbye; bounded by
  // what is queued now.
  take_posted();
  run_jobs(queue_.size());
  close();
}

void event_loop::close() {
  note_idle();
  // Another thread may get this one's number.
  thread_.store(std::thread::id{}, std::memory_order_relaxed);
  // A delay of a handler on another thread, which then finds the loop closed, goes without it.
  timers_.disarm_all();
  {
    const std::lock_guard guard{posted_mutex_};
    is_closed_ = true;
    taken_.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  // What goes with a job may post, in vain.
  for (; !queue_.empty(); queue_.pop_front())
    give_back(queue_.front());
  for (auto* rest : {&next_round_, &taken_}) {
    for (auto& what : *rest)
      give_back(what);
    rest->clear();
  }
}

void event_loop::give_back(job& what) {
  if (what.runnable != nullptr)
    caf::intrusive_ptr_release(what.runnable);
  if (what.element)
    bounce_element(*what.element);
}

bool event_loop::turn() {
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  take_posted();
  const auto ran = run_jobs(jobs_per_round);
  const auto seen = poll(false) + timers_.run_due(now_) + next_round_.size();
  take_next_round();
  note_idle();
  return ran + seen > 0;
}

void event_loop::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void event_loop::wake() {
  poller_->wake();
}

void event_loop::push(job what) {
  if (is_current_thread()) {
    queue_.push_back(std::move(what));
    return;
  }
  auto is_taken = false;
  {
    const std::lock_guard guard{posted_mutex_};
    if (!is_closed_) {
      posted_.push_back(std::move(what));
      has_posted_.store(true, std::memory_order_relaxed);
      is_taken = true;
    }
  }
  if (!is_taken)
    return give_back(what);
  wake();
}

void event_loop::exec_later(caf::resumable* runnable) {
  system().scheduler().enqueue(runnable);
}

void event_loop::resume_here(caf::resumable& handler) {
  job what;
  what.runnable = &handler;
  push(std::move(what));
}

void event_loop::post(pinned_actor& receiver, caf::mailbox_element_ptr element) {
  job what;
  what.receiver = &receiver;
  what.keep_alive = receiver.keep_alive();
  what.element = std::move(element);
  push(std::move(what));
}

void event_loop::post(std::unique_ptr<loop_task> task) {
  job what;
  what.task = std::move(task);
  push(std::move(what));
}

void event_loop::post_next_round(std::unique_ptr<loop_task> task) {
  job what;
  what.task = std::move(task);
  next_round_.push_back(std::move(what));
}

void event_loop::take_next_round() {
  for (auto& what : next_round_)
    queue_.push_back(std::move(what));
  next_round_.clear();
}

void event_loop::take_posted() {
  // A thread that posts after this look wakes the loop, which then looks again.
  if (!has_posted_.load(std::memory_order_relaxed))
    return;
  {
    const std::lock_guard guard{posted_mutex_};
    taken_.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  for (auto& what : taken_)
    queue_.push_back(std::move(what));
  taken_.clear();
}

std::size_t event_loop::run_jobs(std::size_t most) {
  std::size_t done = 0;
  for (; done < most && !queue_.empty(); ++done) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    run_one(next, messages_per_resume);
  }
  return done;
}

bool event_loop::step(const std::function<std::size_t(std::size_t)>& choose) {
  thread_.store(std::this_thread::get_id());
  now_ = time_.now();
  take_posted();
  if (timers_.run_due(now_) > 0)
    return true;
  if (queue_.empty())
    take_next_round();
  if (queue_.empty())
    return false;
  const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(choose(queue_.size()));
  // Of those for the same receiver, or of the calls, the first.
  const auto first = std::find_if(queue_.begin(), chosen, [&](const job& other) {
    return other.receiver == chosen->receiver && other.runnable == chosen->runnable;
  });
  auto next = std::move(*first);
  queue_.erase(first);
  run_one(next, 1);
  return true;
}

void event_loop::run_one(job& what, std::size_t messages) {
  if (what.task) {
    what.task->run();
    return;
  }
  if (what.receiver != nullptr) {
    what.receiver->receive(std::move(what.element));
    return;
  }
  switch (what.runnable->resume(this, messages)) {
    case caf::resumable::resume_later: queue_.push_back(std::move(what)); break;
    case caf::resumable::awaiting_message:
    case caf::resumable::done:
    case caf::resumable::shutdown_execution_unit: caf::intrusive_ptr_release(what.runnable); break;
  }
}

int event_loop::sleep_time() const noexcept {
  const auto due = timers_.next_due();
  if (!due)
    return -1;
  const auto now = time_.now(); // later than the round's: it may have taken long
  if (*due <= now)
    return 0;
  if (time_.is_driven())
    return -1;
  // Rounded up: waking a fraction too early would spin.
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(*due - now).count();
  return static_cast<int>(std::min<std::int64_t>(rest, std::numeric_limits<int>::max()));
}

std::optional<time_point> event_loop::busy_since() const noexcept {
  const auto since = busy_since_.load(std::memory_order_relaxed);
  return since == idle ? std::nullopt : std::optional{time_point{duration{since}}};
}

std::size_t event_loop::poll(bool may_sleep) {
  const auto most = may_sleep ? sleep_time() : 0;
  note_idle();
  poller_->wait(most);
  now_ = time_.now();
  note_busy();
  return poller_->tell();
}

std::error_code event_loop::watch(int descriptor, interest what, io_handler& handler) {
  return poller_->watch(descriptor, what, handler);
}

void event_loop::unwatch(int descriptor, io_handler& handler) noexcept {
  poller_->unwatch(descriptor, handler);
}

} // namespace sluice

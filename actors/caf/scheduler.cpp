#include "sluice/actors/caf/scheduler.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <vector>

namespace sluice {

namespace {

/// Which actors have set a timer since they started. Sharded, so that loops don't meet at one lock.
class timer_owners {
public:
  void insert(caf::actor_id id) {
    auto& part = shard_of(id);
    const std::lock_guard guard{part.mutex};
    part.ids.insert(id);
    part.size.store(part.ids.size(), std::memory_order_relaxed);
  }

  [[nodiscard]] bool erase(caf::actor_id id) {
    auto& part = shard_of(id);
    // No lock on the way of an actor that never set a timer, if none of its shard did. One that did
    // comes after its own insert, and so sees it.
    if (part.size.load(std::memory_order_relaxed) == 0)
      return false;
    const std::lock_guard guard{part.mutex};
    const auto erased = part.ids.erase(id) > 0;
    part.size.store(part.ids.size(), std::memory_order_relaxed);
    return erased;
  }

private:
  struct shard {
    std::mutex mutex;
    std::unordered_set<caf::actor_id> ids;
    std::atomic<std::size_t> size = 0; ///< of `ids`, read without the lock
  };
  [[nodiscard]] shard& shard_of(caf::actor_id id) noexcept { return shards_[id % shards_.size()]; }
  std::array<shard, 16> shards_;
};

/// CAF's clock, but an actor that never set a timer has nothing to cancel: no event is queued for
/// it and the clock's thread sleeps on.
class quiet_clock final : public caf::detail::thread_safe_actor_clock {
public:
  using super = caf::detail::thread_safe_actor_clock;

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                            std::uint64_t id) override {
    owners_.insert(self->id());
    super::set_ordinary_timeout(t, self, type, id);
  }

  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                         std::uint64_t id) override {
    owners_.insert(self->id());
    super::set_multi_timeout(t, self, type, id);
  }

  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override {
    owners_.insert(self->id());
    super::set_request_timeout(t, self, id);
  }

  void cancel_timeouts(caf::abstract_actor* self) override {
    if (owners_.erase(self->id()))
      super::cancel_timeouts(self);
  }

private:
  timer_owners owners_;
};

/// Ends the worker that runs it.
class last_job final : public caf::resumable {
public:
  resume_result resume(caf::execution_unit*, std::size_t) override {
    return resumable::shutdown_execution_unit;
  }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
};

class scheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
public:
  using super = caf::scheduler::coordinator<caf::policy::work_sharing>;

  explicit scheduler(caf::actor_system& system) : super{system} {}

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new scheduler{system};
  }

  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

protected:
  // An exception would leave the actor system half made, and end the process: the failure is
  // remembered instead.
  void start() override {
    try {
      dispatcher_ = std::thread{[this] { clock_.run_dispatch_loop(); }};
      super::start();
    } catch (const std::system_error& error) {
      failure_ = error.what();
      stop_what_has_started();
    }
  }

  void stop() override {
    if (!failure_.empty())
      return drop_jobs();
    super::stop();
    stop_clock();
  }

private:
  // CAF starts its workers one by one, then a clock that is not used here, then an actor that
  // prints.
  void stop_what_has_started() {
    std::vector<worker_type*> started;
    if (dispatcher_.joinable())
      for (std::size_t i = 0; i < num_workers(); ++i)
        if (auto* const each = worker_by_id(i); each->get_thread().joinable())
          started.push_back(each);
    if (started.size() == num_workers())
      try {
        super::stop();
      } catch (const std::system_error&) {
        // Its clock's thread, which ends last, was not there.
      }
    else
      stop(started);
    // CAF counts the thread of the actor before it has it.
    while (system().detached_actors() > 0)
      system().dec_detached_threads();
    stop_clock();
  }

  /// Ends the actors that nobody will run: CAF's own, which have been told to end by then.
  void drop_jobs() {
    caf::policy::work_sharing policy;
    policy.foreach_central_resumable(this, &scheduler::cleanup_and_release);
  }

  void stop(const std::vector<worker_type*>& started) {
    last_job ending;
    for (auto* const each : started)
      each->external_enqueue(&ending);
    for (auto* const each : started)
      each->get_thread().join();
  }

  void stop_clock() {
    if (!dispatcher_.joinable())
      return;
    clock_.cancel_dispatch_loop();
    dispatcher_.join();
  }

  quiet_clock clock_;
  std::thread dispatcher_;
  std::string failure_;
};

} // namespace

void load_scheduler(caf::actor_system_config& config) {
  config.load<scheduler>();
}

std::string scheduler_failure(caf::actor_system& system) {
  const auto* const ours = dynamic_cast<scheduler*>(&system.scheduler());
  return ours != nullptr ? ours->failure() : std::string{};
}

} // namespace sluice

#include "actors/scheduler.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <thread>
#include <unordered_set>

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

class scheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
public:
  using super = caf::scheduler::coordinator<caf::policy::work_sharing>;

  explicit scheduler(caf::actor_system& system) : super{system} {}

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return new scheduler{system};
  }

  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

protected:
  void start() override {
    dispatcher_ = std::thread{[this] { clock_.run_dispatch_loop(); }};
    super::start();
  }

  void stop() override {
    super::stop();
    clock_.cancel_dispatch_loop();
    dispatcher_.join();
  }

private:
  quiet_clock clock_;
  std::thread dispatcher_;
};

} // namespace

void load_scheduler(caf::actor_system_config& config) {
  config.load<scheduler>();
}

} // namespace sluice

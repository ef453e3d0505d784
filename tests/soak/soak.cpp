#include "tests/soak/soak.hpp"

#include "sluice/protocol/memory/block_cache.hpp"
#include "tests/soak/refused_memory.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include <sys/resource.h>

namespace sluice::soak {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t worker_count = 4;
/// How long a server may take to come to rest when its clients have gone: its longest deadlines
/// follow each other.
constexpr auto rest_within = seconds{30};

// What may be left over between two rests: thread caches of the allocator, tables that have grown,
// the pages between.
constexpr std::int64_t spare_allocations = 200;
constexpr std::size_t spare_heap = 1 << 20;
constexpr std::size_t spare_resident = 8 << 20;

/// Knows the loops' threads by their asking for a route.
class marking_dispatcher final : public dispatcher {
public:
  explicit marking_dispatcher(const router& routes) : routes_{routes} {}
  dispatch find(request& head, bool asks_for_web_socket) const override {
    mark_loop_thread();
    return routes_.find(head, asks_for_web_socket);
  }

private:
  const router& routes_;
};

/// Takes every line, so that making it is exercised, and keeps none.
class forgetful_journal final : public journal {
public:
  [[nodiscard]] bool wants_access() const noexcept override { return true; }
};

/// Short deadlines and small buffers: every bound is met often.
config base_config() {
  config how;
  how.port = 0;
  how.threads = 2;
  how.max_connections = 200; // fewer than the clients open: accepting pauses
  auto& limits = how.limits;
  limits.chunk_size = 8 * 1024;
  limits.max_message_size = 64 * 1024;
  limits.look_ahead = 1024;
  limits.output_cap = 96 * 1024;
  limits.control_reserve = 1024;
  limits.low_water = 8 * 1024;
  limits.high_water = 32 * 1024;
  limits.receive_buffer = 16 * 1024;
  limits.send_buffer = 16 * 1024;
  limits.drain_content = 16 * 1024;
  limits.linger_content = 256 * 1024;
  limits.header_deadline = milliseconds{500};
  limits.content_deadline = milliseconds{300};
  limits.keep_alive = keep_alive;
  limits.handler_deadline = milliseconds{300};
  limits.write_deadline = milliseconds{400};
  limits.linger_deadline = milliseconds{200};
  limits.close_deadline = milliseconds{200};
  limits.cancel_grace = milliseconds{200};
  limits.stall_probe = milliseconds{50};
  limits.user_timeout = seconds{2};
  // Fewer than may be open by their number: now and then one is told 503.
  how.memory_budget = 150 * (memory_bound(limits) + kernel_bound(limits));
  return how;
}

/// Lets descriptors run out, on purpose, for as long as it lives.
class descriptor_famine {
public:
  descriptor_famine() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto tight = before_;
    tight.rlim_cur = open_descriptors();
    ::setrlimit(RLIMIT_NOFILE, &tight);
  }
  descriptor_famine(const descriptor_famine&) = delete;
  descriptor_famine& operator=(const descriptor_famine&) = delete;
  ~descriptor_famine() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
  rlimit before_{};
};

} // namespace

soak::soak(const wishes& what)
  : wishes_{what},
    end_{clock::now() + what.length},
    end_of_rounds_{end_ - what.length / 4},
    random_{what.seed},
    routes_{make_routes()},
    marking_{std::make_unique<marking_dispatcher>(routes_)},
    log_{std::make_unique<forgetful_journal>()},
    workers_{counts_, what.seed, what.only} {}

void soak::fail(std::string what) {
  std::fprintf(stderr, "soak: FAILED: %s\n", what.c_str());
  failures_.push_back(std::move(what));
}

bool soak::run() {
  spare_this_thread();
  const auto before = measure();
  run_rounds();
  run_short_lives();
  const auto after = measure();
  if (after.descriptors != before.descriptors)
    fail(std::to_string(before.descriptors) + " descriptors before, "
         + std::to_string(after.descriptors) + " after");
  judge_memory();
  if (const auto count = counts_->anomalies.load())
    fail(std::to_string(count) + " anomalies, the last one: --scenario "
         + std::to_string(counts_->last_anomaly.load()));
  if (counts_->calm.load() == 0 && wishes_.only == 0)
    fail("not one calm exchange came to its end");
  return failures_.empty();
}

std::unique_ptr<server> soak::start(const config& how) {
  std::string error;
  auto made = server::start(how, *marking_, *log_, time_, error);
  check(error);
  return made;
}

void soak::run_rounds() {
  const auto running = start(base_config());
  if (!running)
    return;
  const auto now = clock::now();
  const auto time = std::max<clock::duration>(end_of_rounds_ - now, seconds{2});
  const auto rounds = std::clamp<std::int64_t>(time / seconds{10}, 4, 40);
  for (std::int64_t round = 1; round <= rounds && failures_.empty(); ++round) {
    workers_.start(worker_count, running->port());
    load(*running, now + time * round / rounds);
    check(workers_.stop());
    rest(*running);
  }
  add_totals(running->count());
  const auto stopped = running->stop(seconds{5});
  if (!stopped.is_clean())
    fail("a server at rest did not stop cleanly: " + std::to_string(stopped.connections_dropped)
         + " connections, " + std::to_string(stopped.handlers_left) + " handlers");
}

void soak::load(server& target, clock::time_point until) {
  auto next_fault = clock::now() + milliseconds{between(random_, 100, 600)};
  while (clock::now() < until) {
    std::this_thread::sleep_for(milliseconds{20});
    peak_ = std::max(peak_, resident_now());
    check(workers_.look_after());
    if (!failures_.empty())
      return;
    if (wishes_.with_faults && clock::now() >= next_fault) {
      make_fault(target.port());
      next_fault = clock::now() + milliseconds{between(random_, 300, 2500)};
    }
  }
}

void soak::make_fault(std::uint16_t port) {
  const auto length = milliseconds{between(random_, 20, 200)};
  // The undefined-behaviour sanitizer opens a pipe to look at an object, and takes it for broken if
  // it can't: with it descriptors don't run out.
  switch (between(random_, is_sanitized ? 1 : 0, 2)) {
    case 1: workers_.replace_one(port); return;
    case 0: {
      counts_->begin_fault();
      {
        const descriptor_famine famine;
        std::this_thread::sleep_for(length);
      }
      counts_->end_fault();
      return;
    }
    default:
      counts_->begin_fault();
      // From hardly anything that succeeds to failures far into what an exchange does.
      refuse_memory(wishes_.any_memory ? 8U << between(random_, 0, 6) : 8U, wishes_.any_memory);
      std::this_thread::sleep_for(length);
      refuse_memory(0, false);
      counts_->end_fault();
  }
}

// Without clients everything that was counted up is counted down again.
void soak::rest(server& target) {
  const auto count = [&] { return target.count(); };
  const auto latest = clock::now() + rest_within;
  const auto is_at_rest = [&] {
    return count().connections_open == 0 && count().connection_actors == 0
           && count().handlers_running == 0 && count().handlers_cancelled_running == 0;
  };
  while (!is_at_rest() && clock::now() < latest)
    std::this_thread::sleep_for(milliseconds{10});
  if (!is_at_rest())
    fail("the server does not come to rest: " + std::to_string(count().connections_open)
         + " connections open, " + std::to_string(count().connection_actors)
         + " connection actors, " + std::to_string(count().handlers_running) + " handlers, "
         + std::to_string(count().handlers_cancelled_running) + " of them cancelled");
  // Actors that are no handlers, producers and threads on their way out, have no count().
  std::this_thread::sleep_for(milliseconds{300});
  rests_.push_back(measure());
}

void soak::judge_memory() {
  if (rests_.size() < 2)
    return;
  const auto warm_up = std::max<std::size_t>(1, rests_.size() / 4);
  auto most = rests_.front();
  for (std::size_t i = 0; i < warm_up; ++i) {
    most.allocations = std::max(most.allocations, rests_[i].allocations);
    most.heap = std::max(most.heap, rests_[i].heap);
    most.resident = std::max(most.resident, rests_[i].resident);
    most.descriptors = std::max(most.descriptors, rests_[i].descriptors);
  }
  const auto& last = rests_.back();
  // A thread's blocks of the rarer sizes come late. With the address sanitizer none are kept, and a
  // leak of few is seen there.
  const auto kept = static_cast<std::int64_t>(internal::block_cache::most_blocks());
  if (last.allocations > most.allocations + spare_allocations + kept)
    fail("allocations are left: see the rests");
  if (last.heap > most.heap + spare_heap)
    fail("octets of the heap are left: see the rests");
  if (!is_sanitized && last.resident > most.resident + spare_resident)
    fail("resident memory has grown: see the rests");
  if (last.descriptors != most.descriptors)
    fail("descriptors are left: see the rests");
}

void soak::run_short_lives() {
  while (clock::now() < end_ && failures_.empty())
    live_shortly();
}

// A server that is stopped while its clients are at work.
void soak::live_shortly() {
  auto how = base_config();
  how.threads = between<std::size_t>(random_, 1, 3);
  how.max_connections = between<std::size_t>(random_, 5, 300);
  const auto running = start(how);
  if (!running)
    return;
  ++lives_;
  workers_.start(worker_count, running->port());
  load(*running, clock::now() + milliseconds{between(random_, 300, 2000)});
  const auto within = milliseconds{between(random_, 0, 1500)};
  counts_->begin_fault();
  const auto began = clock::now();
  const auto stopped = running->stop(within);
  const auto took = clock::now() - began;
  check(workers_.stop());
  counts_->end_fault();
  add_totals(running->count());
  if (stopped.handlers_left > 0)
    fail("a stop under load left handlers: " + std::to_string(stopped.handlers_left));
  if (took > within + how.limits.cancel_grace + seconds{10})
    fail("a stop under load took too long");
}

void soak::add_totals(const counters& of) {
  totals_.accepted += of.connections_accepted;
  totals_.requests += of.requests;
  totals_.cancelled += of.handlers_cancelled;
  totals_.killed += of.handlers_killed;
  totals_.failures += of.handler_failures;
  totals_.late += of.acknowledgements_late;
  totals_.foreign += of.acknowledgements_foreign;
  totals_.deadlines += of.deadlines_missed;
  totals_.accepts_failed += of.accepts_failed;
  totals_.starved += of.connections_starved;
}

} // namespace sluice::soak

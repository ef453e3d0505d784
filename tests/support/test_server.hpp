#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server.hpp"
#include "tests/support/patience.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sluice::testing {

/// Something that happens on another thread, waited for without sleeping.
template <class Value>
class observed {
public:
  template <class Change>
  void update(Change change) {
    const std::lock_guard guard{mutex_};
    change(value_);
    changed_.notify_all();
  }
  /// Waits until `holds`; false after `most` without.
  template <class Condition>
  bool wait(Condition holds, std::chrono::milliseconds most = patience) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, most, [&] { return holds(value_); });
  }
  Value get() {
    const std::lock_guard guard{mutex_};
    return value_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Value value_{};
};

/// Remembers what the connections report.
class recording_journal final : public journal {
public:
  struct line {
    std::string target;
    std::uint16_t status;
    std::string outcome;
    std::string route{};
  };
  void access(const access_record& record) override {
    lines.update([&](auto& all) {
      all.push_back({std::string{record.target}, record.status, std::string{record.outcome},
                     std::string{record.route}});
    });
  }
  void report(severity, std::string_view text) override {
    reports.update([&](auto& all) { all.emplace_back(text); });
  }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  /// The outcome of the first request that ends for `target`; waits for it.
  std::string outcome_of(std::string_view target) {
    std::string found;
    lines.wait([&](const auto& all) {
      for (const auto& one : all)
        if (one.target == target)
          found = one.outcome;
      return !found.empty();
    });
    return found;
  }

  observed<std::vector<line>> lines;
  observed<std::vector<std::string>> reports;
};

/// A server on a free port of loopback, for one test.
class test_server {
public:
  explicit test_server(const router& routes, std::function<void(config&)> adjust = {},
                       bool drive_time = false) {
    config wishes;
    wishes.port = 0;
    wishes.threads = 2;
    wishes.limits.cancel_grace = std::chrono::seconds{2};
    wishes.loop_lag = duration::zero(); // on a busy machine each loop may be late
    if (adjust)
      adjust(wishes);
    std::string error;
    running = server::start(wishes, routes, log,
                            drive_time ? static_cast<const time_source&>(driven) : steady, error);
    if (!running)
      throw std::runtime_error{error};
  }

  [[nodiscard]] std::uint16_t port() const { return running->port(); }
  void advance(duration by) {
    driven.advance(by);
    running->wake();
  }

  /// Lets each loop turn until what it can do now is done, and what follows from that there: an
  /// answer of a handler takes three turns. Who works on another thread is not waited for. Not
  /// beside a stop, which ends the loops.
  void settle() const {
    for (auto turns = 0; turns < 20; ++turns)
      while (!running->has_turned())
        std::this_thread::yield();
  }

  /// Lets driven time pass, a second at a time, until `holds`. @returns how many seconds passed, at
  /// most `most`
  template <class Condition>
  int seconds_until(Condition holds, int most = 600) {
    settle();
    auto passed = 0;
    for (; passed < most && !holds(); ++passed) {
      advance(std::chrono::seconds{1});
      settle();
    }
    return passed;
  }
  /// Lets so many seconds pass, one at a time.
  void pass(int seconds) {
    seconds_until([] { return false; }, seconds);
  }

  time_source steady;
  driven_time driven;
  recording_journal log;
  std::unique_ptr<server> running;
};

} // namespace sluice::testing

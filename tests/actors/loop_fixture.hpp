#pragma once

#include "sluice/actors/caf/scheduler.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace sluice::testing {

/// An event loop on a thread of its own, with time that the test drives.
struct loop_fixture {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.max-threads", 2);
      load_scheduler(*this);
      sluice::add_message_types(*this);
    }
  };

  loop_fixture() : thread{[this] { loop->run(); }} {}
  ~loop_fixture() {
    loop->stop();
    thread.join();
  }

  [[nodiscard]] std::unique_ptr<event_loop> make_loop(const time_source& clock) {
    return event_loop::make(system, clock, 1024);
  }

  /// Runs `call` on the loop and waits for its result.
  template <class Call>
  auto on_loop(Call call) {
    const auto job = std::make_shared<std::packaged_task<decltype(call())()>>(std::move(call));
    auto result = job->get_future();
    post_call(*loop, [job] { (*job)(); });
    return result.get();
  }

  void advance(duration by) {
    time.advance(by);
    loop->wake();
  }

  void await_end(const caf::actor& which) {
    caf::scoped_actor {
      system
      } -> wait_for(which);
  }

  config options;
  caf::actor_system system{options};
  driven_time time;
  std::unique_ptr<event_loop> loop = make_loop(time);
  std::thread thread;
};

} // namespace sluice::testing

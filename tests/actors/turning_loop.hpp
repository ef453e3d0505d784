#pragma once

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/http/http1_connection.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/net/listener.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace sluice::testing {

/// An event loop that the test's own thread turns, round by round, on driven time, and what its
/// connections share. Descriptors are real.
struct turning_loop {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      sluice::add_message_types(*this);
    }
  };

  /// Answers "fine" to everybody.
  struct one_route final : dispatcher {
    one_route() {
      every.handler = function_handler{[](const request&) { return text("fine"); }};
    }
    [[nodiscard]] dispatch find(request&, bool) const override { return {&every, {}}; }
    endpoint every;
  };

  /// Remembers who asked.
  struct visitors final : journal {
    void access(const access_record& record) override { peers.emplace_back(record.peer); }
    [[nodiscard]] bool wants_access() const noexcept override { return wants; }
    bool wants = true;
    std::vector<std::string> peers;
  };

  turning_loop() {
    system.await_actors_before_shutdown(false);
    loop->turn(); // this thread is the loop's from now on
  }

  [[nodiscard]] std::unique_ptr<event_loop> make_loop() {
    return event_loop::make(system, time, read_buffer);
  }

  /// Turns until nothing is left to do. Who leaves an event untaken would keep it turning.
  void run() {
    auto rounds = 0;
    while (loop->turn())
      REQUIRE(++rounds < 10'000);
  }
  void advance(duration by) {
    run();
    time.advance(by);
    run();
  }

  static constexpr std::size_t read_buffer = 1024;
  settings limits;
  driven_time time;
  counters count;
  one_route routes;
  visitors log;
  config options;
  caf::actor_system system{options};
  std::unique_ptr<event_loop> loop = make_loop();
  loop_context context{system, *loop, limits, routes, log, count, &http1_connection::make};
};

/// Waits until the kernel tells one of these of a descriptor: what a client does on loopback takes
/// a moment to arrive.
inline void await(int descriptor, short events) {
  pollfd wanted{descriptor, events, 0};
  REQUIRE(::poll(&wanted, 1, patience_ms) == 1);
}

inline int octets_in(int descriptor) {
  auto count = 0;
  REQUIRE(::ioctl(descriptor, FIONREAD, &count) == 0);
  return count;
}

inline bool is_open(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

inline listener listen_anywhere(const settings& limits) {
  return listener::tcp("127.0.0.1", 0, true, limits);
}

} // namespace sluice::testing

// How long a loop with 10,000 connections is held up by a look at all of them: the longest of its
// rounds meanwhile. Sockets are real; each is asked for the kernel's counts, and described.

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/connection/stall_survey.hpp"
#include "sluice/actors/net/listener.hpp"
#include "sluice/actors/net/socket_transport.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include <sluice/sluice.hpp>

#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace {

using namespace sluice;

constexpr auto connections = 10'000;

struct owner final : connection_owner {
  explicit owner(roster& all) : from{all} {}
  void on_socket_closed() override {}
  void on_connection_ended(socket_actor& which) override { from.remove(which); }
  roster& from;
};

int connect_to(std::uint16_t port) {
  const auto made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (made < 0 || ::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    throw std::runtime_error{"there are not enough descriptors: ulimit -n"};
  return made;
}

/// Connections whose other ends wait in the kernel's queues, and take no descriptors.
struct crowd {
  crowd() {
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &most);
    auto& all = service.inside();
    for (auto i = 0; i < connections; ++i) {
      if (i % 4000 == 0)
        listeners.push_back(listener::tcp("127.0.0.1", 0, true, all.limits));
      caf::actor_config plain{&all.loop};
      all.connections.reserve_one();
      auto made = caf::make_actor<socket_actor, caf::strong_actor_ptr>(
        all.system.next_actor_id(), all.system.node(), &all.system, plain, all,
        static_cast<connection_owner&>(keeper),
        std::make_unique<socket_transport>(connect_to(listeners.back().port())),
        "127.0.0.1:" + std::to_string(i));
      all.connections.add(made);
      if (!static_cast<socket_actor*>(made->get())->open())
        throw std::runtime_error{"a socket can't be watched"};
    }
    service.run();
  }
  ~crowd() {
    service.inside().connections.for_each(
      [](socket_actor& each) { each.drop(cancel_reason::draining); });
  }

  router routes;
  testing::simulation service{routes};
  owner keeper{service.inside().connections};
  std::vector<listener> listeners;
};

void longest_round_of_a_survey(benchmark::State& state) {
  crowd all;
  auto& loop = all.service.inside().loop;
  std::chrono::duration<double, std::micro> longest{0};
  auto rounds = 0;
  for (auto _ : state) {
    auto seen = std::size_t{0};
    stall_query what;
    what.with_idle = true;
    what.by = static_cast<stall_query::order>(state.range(0));
    survey(all.service.inside(), what, [&](stall_list&& list) { seen = list.matching; });
    while (seen == 0) {
      const auto began = std::chrono::steady_clock::now();
      loop.turn();
      const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now()
                                                             - began;
      longest = std::max(longest, took);
      ++rounds;
    }
    if (seen != connections)
      throw std::logic_error{"not every connection was seen"};
  }
  state.counters["longest_us"] = longest.count();
  state.counters["rounds"] = static_cast<double>(rounds) / static_cast<double>(state.iterations());
}
BENCHMARK(longest_round_of_a_survey)
  ->ArgName("by_octets")
  ->Arg(0)
  ->Arg(1)
  ->Unit(benchmark::kMillisecond);

} // namespace

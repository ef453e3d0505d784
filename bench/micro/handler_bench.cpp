// What a handler actor costs a request: spawned, run and ended in the test kit, beside the same
// answer by a plain function. Both include the scripted client and kernel; the difference counts.

#include "sluice/actors/testing/simulation.hpp"
#include <sluice/sluice.hpp>

#include <stdexcept>
#include <string_view>

#include <benchmark/benchmark.h>

namespace {

// The kit remembers all that was sent: one service answers so many, then the next takes over.
constexpr auto requests = 1'000;

sluice::response by_function(const sluice::request&) {
  return sluice::text("Hello, World!");
}

sluice::task by_coroutine(sluice::exchange& http) {
  co_await http.respond(sluice::text("Hello, World!"));
}

void measure(benchmark::State& state, std::string_view target) {
  sluice::router routes;
  routes.get("/function", by_function);
  routes.get("/coroutine", by_coroutine);
  while (state.KeepRunningBatch(requests)) {
    state.PauseTiming();
    {
      sluice::testing::simulation service{routes};
      auto& client = service.connect();
      service.run();
      state.ResumeTiming();
      for (auto i = 0; i < requests; ++i) {
        client.get(target);
        service.run();
      }
      state.PauseTiming();
      if (client.responses().size() != requests || client.response().status != 200
          || service.handlers_alive() != 0)
        throw std::logic_error{"not every request was answered"};
    }
    state.ResumeTiming();
  }
}

void request_to_function(benchmark::State& state) {
  measure(state, "/function");
}
BENCHMARK(request_to_function);

void request_to_handler_actor(benchmark::State& state) {
  measure(state, "/coroutine");
}
BENCHMARK(request_to_handler_actor);

} // namespace

#include "sluice/server/routing/router.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

namespace {

constexpr auto routes_in_all = 1'000;

/// Half of the routes are literal, the other half have a parameter: a resource and its items.
sluice::router thousand_routes() {
  sluice::router routes;
  const auto answer = [](const sluice::request&) { return sluice::text("here"); };
  for (auto i = 0; i < routes_in_all / 2; ++i) {
    const auto resource = "/api/resource-" + std::to_string(i);
    routes.get(resource, answer);
    routes.get(resource + "/{id}", answer);
  }
  return routes;
}

void measure(benchmark::State& state, std::string path, bool is_there) {
  const auto routes = thousand_routes();
  sluice::request head;
  head.path = std::move(path);
  head.target = head.path;
  for (auto _ : state) {
    head.parameters.clear(); // find() fills them
    const auto found = routes.find(head, false);
    if ((found.target != nullptr) != is_there)
      throw std::logic_error{"the router's answer is another"};
  }
}

void router_literal(benchmark::State& state) {
  measure(state, "/api/resource-321", true);
}
BENCHMARK(router_literal);

void router_parameter(benchmark::State& state) {
  measure(state, "/api/resource-321/12345", true);
}
BENCHMARK(router_parameter);

void router_miss(benchmark::State& state) {
  measure(state, "/api/resource-x", false);
}
BENCHMARK(router_miss);

} // namespace

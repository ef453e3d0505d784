// The routes that the pages about tests talk about, as they describe them.

#include <sluice/sluice.hpp>

#include <chrono>
#include <cstdint>
#include <string>

using namespace std::chrono_literals;

namespace {

sluice::task weigh(sluice::exchange& http) {
  std::uint64_t total = 0;
  while (const auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(sluice::status::ok, std::to_string(total) + " octets\n");
}

/// Works behind each chunk, for a while.
sluice::task weigh_slowly(sluice::exchange& http) {
  std::uint64_t total = 0;
  while (const auto chunk = co_await http.content().next()) {
    total += chunk->size();
    co_await http.delay(100ms);
  }
  co_await http.respond(sluice::status::ok, std::to_string(total) + " octets\n");
}

/// Takes one chunk, then waits for what does not come.
sluice::task get_stuck(sluice::exchange& http) {
  const auto chunk = co_await http.content().next();
  co_await http.delay(24h);
}

} // namespace

sluice::router kit_routes();
sluice::router kit_routes() {
  sluice::router routes;
  routes.post("/weigh", weigh);
  routes.post("/slow-weigh", weigh_slowly);
  routes.post("/upload", weigh_slowly);
  routes.post("/stuck", get_stuck);
  return routes;
}

#include <sluice/sluice.hpp>

#include <cstddef>
#include <string>

namespace {

sluice::task count_octets(sluice::exchange& http) {
  std::size_t total = 0;
  while (auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(sluice::status::ok, std::to_string(total));
}

} // namespace

int main(int argc, char** argv) {
  sluice::router routes;
  routes.get("/", [](const sluice::request&) { return sluice::text("hello"); });
  routes.post("/count", count_octets);
  return sluice::serve(argc, argv, routes);
}

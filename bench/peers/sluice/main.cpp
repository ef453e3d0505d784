// Sluice itself, with every limit and deadline as it is by default.

#include "bench/peers/ended.hpp"
#include <sluice/sluice.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace {

bench::ended_handlers ended;

sluice::response hello(const sluice::request&) {
  return sluice::text("Hello, World!");
}

sluice::task hello_from_actor(sluice::exchange& http) {
  co_await http.respond(sluice::text("Hello, World!"));
}

sluice::task sink(sluice::exchange& http) {
  std::uint64_t total = 0;
  while (const auto chunk = co_await http.content().next())
    total += chunk->size();
  co_await http.respond(sluice::status::ok, std::to_string(total));
}

sluice::task slow_sink(sluice::exchange& http) {
  const auto rate = http.query<std::uint64_t>("rate").value_or(bench::slow_rate);
  bench::ended_guard guard{ended};
  std::uint64_t total = 0;
  while (const auto chunk = co_await http.content().next()) {
    total += chunk->size();
    co_await http.delay(bench::pause_behind(chunk->size(), rate));
  }
  co_await http.respond(sluice::status::ok, std::to_string(total));
  guard.complete();
}

sluice::task download(sluice::exchange& http) {
  static const sluice::octets piece{std::string(256 * 1024, 'x')};
  auto left = http.query<std::uint64_t>("octets").value_or(0);
  co_await http.begin(sluice::status::ok, {}, left);
  for (; left >= piece.size(); left -= piece.size())
    co_await http.send(piece);
  if (left > 0)
    co_await http.send(std::string(left, 'x'));
  co_await http.finish();
}

sluice::task echo(sluice::web_socket& socket) {
  while (auto message = co_await socket.next())
    co_await socket.send(*message);
}

std::optional<sluice::message> echo_at_once(const sluice::request&, const sluice::message& said) {
  return said;
}

sluice::task slow_web_socket_sink(sluice::web_socket& socket) {
  const auto rate = socket.query<std::uint64_t>("rate").value_or(bench::slow_rate);
  bench::ended_guard guard{ended};
  while (const auto message = co_await socket.next())
    co_await socket.delay(bench::pause_behind(message->size(), rate));
  guard.complete();
}

sluice::response ended_so_far(const sluice::request&) {
  return sluice::text(ended.json());
}

} // namespace

int main(int argc, char** argv) {
  sluice::router routes;
  routes.get("/plaintext", hello);
  routes.get("/plain-actor", hello_from_actor);
  routes.post("/sink", sink);
  routes.post("/slow-sink", slow_sink);
  routes.get("/download", download);
  routes.web_socket("/echo", echo);
  routes.web_socket("/echo-callback", echo_at_once);
  routes.web_socket("/slow-sink", slow_web_socket_sink);
  routes.get("/ended", ended_so_far);
  return sluice::serve(argc, argv, routes);
}

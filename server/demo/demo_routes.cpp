#include "sluice/server/demo/demo_routes.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/protocol/http/byte_range.hpp"
#include "sluice/server/demo/pace.hpp"
#include "sluice/server/demo/start_page.hpp"
#include "sluice/server/demo/tank_routes.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/process_figures.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

namespace {

constexpr std::string_view bad_rate = "rate is a positive whole number, e.g. rate=1000000";

response hello(const request&) {
  return text("Hello, World!");
}

task hello_from_an_actor(exchange& http) {
  co_await http.respond(status::ok, "Hello, World!");
}

time_point now() noexcept {
  return std::chrono::steady_clock::now();
}

/// Takes content at the query's rate. While it waits, the chunk is not acknowledged and the client
/// not read from.
task sink_content(exchange& http) {
  auto speed = pace::parse(http.request().query_param("rate"));
  if (!speed) {
    co_await http.respond(status::bad_request, std::string{bad_rate} + '\n');
    co_return;
  }
  std::uint64_t total = 0;
  while (const auto chunk = co_await http.content().next()) {
    total += chunk->size();
    if (const auto wait = speed->after(chunk->size(), now()); wait > duration::zero())
      co_await http.delay(wait);
  }
  co_await http.respond(status::ok, std::to_string(total) + '\n');
}

task sink_messages(web_socket& socket) {
  auto speed = pace::parse(socket.request().query_param("rate"));
  if (!speed) {
    co_await socket.close(close_code::policy_violation, std::string{bad_rate});
    co_return;
  }
  while (const auto message = co_await socket.next())
    if (const auto wait = speed->after(1, now()); wait > duration::zero())
      co_await socket.delay(wait);
}

task echo(web_socket& socket) {
  while (const auto message = co_await socket.next())
    co_await socket.send(*message);
}

std::optional<message> echo_at_once(const request&, const message& said) {
  return said;
}

/// 64 KiB of text that every download consists of; shared, as octets are never changed.
octets make_pattern() {
  constexpr std::size_t size = 64 * 1024;
  auto pattern = std::make_shared_for_overwrite<std::byte[]>(size);
  for (std::size_t i = 0; i < size; ++i)
    pattern.get()[i] = static_cast<std::byte>(i % 64 == 63 ? '\n' : 'a' + static_cast<int>(i % 26));
  return {std::move(pattern), size};
}

task download(exchange& http, octets pattern) {
  const auto asked = http.request().query_param("octets");
  const auto length = asked ? parse_number(*asked) : std::nullopt;
  if (!length) {
    co_await http.respond(status::bad_request, "octets is a whole number, e.g. octets=1000000\n");
    co_return;
  }
  fields head{{"Content-Type", "text/plain; charset=us-ascii"}};
  co_await http.begin(status::ok, std::move(head), length);
  for (auto left = *length; left > 0;) {
    const auto size = std::min<std::uint64_t>(left, pattern.size());
    auto piece = size == pattern.size() ? pattern : octets{pattern.text().substr(0, size)};
    left -= size;
    co_await http.send(std::move(piece));
  }
  co_await http.finish();
}

/// The octets of memory that this process has in use. Reading /proc does not block.
response memory(const request&) {
  auto answer = text(std::to_string(process_figures::read_resident()));
  answer.fields.add("Cache-Control", "no-store");
  return answer;
}

response page(const request&) {
  response answer;
  answer.fields.add("Content-Type", "text/html; charset=utf-8")
    .add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
                                    "script-src 'unsafe-inline'; connect-src 'self' ws: wss:; "
                                    "img-src data:; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'")
    .add("Cache-Control", "no-cache");
  answer.content = start_page();
  return answer;
}

} // namespace

void add_demo_routes(router& routes, const std::atomic<const server_view*>& seen) {
  routes.get("/", page);
  routes.get("/memory", memory);
  add_tank_routes(routes, seen);
  routes.get("/plaintext", hello);
  routes.get("/plaintext-actor", hello_from_an_actor);
  routes.get("/download",
             [pattern = make_pattern()](exchange& http) { return download(http, pattern); });
  // Who asks for a low rate asks for a handler that takes its time.
  routes.post("/sink", sink_content).handler_deadline(duration::zero());
  routes.web_socket("/sink", sink_messages).handler_deadline(duration::zero());
  routes.web_socket("/echo", echo);
  routes.web_socket("/echo-function", echo_at_once);
  routes.web_socket("/echo-deflate", echo).deflate();
}

} // namespace sluice

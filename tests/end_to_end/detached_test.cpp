// Handlers on threads of their own: what they send is counted while it is on its way, and given
// back.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t piece_size = 4 * 1024;

/// What became of a handler that sends many pieces.
struct sent_pieces {
  std::atomic<std::size_t> sent{0};
  std::atomic<std::size_t> refused{0};
};

task send_pieces(exchange& http, std::size_t count, sent_pieces& log) {
  const std::string piece(piece_size, 'x');
  co_await http.begin(status::ok, {}, count * piece_size);
  for (std::size_t i = 0; i < count; ++i) {
    co_await http.send(piece);
    ++log.sent;
  }
  co_await http.finish();
}

} // namespace

TEST_CASE("a detached handler that awaits each send delivers four output caps (S47 S48)") {
  const auto count = 4 * settings{}.output_cap / piece_size;
  REQUIRE(count > 4 * most_waiting_sends);
  sent_pieces log;
  router routes;
  routes.get("/", [&](exchange& http) { return send_pieces(http, count, log); }).detached();
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto all = client.receive_all();
  CHECK(all.size() - (all.find("\r\n\r\n") + 4) == count * piece_size);
  CHECK(log.sent == count);
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("one connection after the other has the whole output for a detached handler (S47)") {
  // All that fits, with room for a head.
  constexpr std::size_t answers = 4;
  static const std::size_t size = settings{}.output_cap - 1024;
  router routes;
  routes
    .get("/",
         [](exchange& http) -> task { co_await http.respond(status::ok, std::string(size, 'x')); })
    .detached();
  test_server server{routes};
  raw_client client{server.port()};
  for (std::size_t i = 0; i < answers; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().size() > size);
  }
}

TEST_CASE("gauges of detached handlers go back however these end (S60)") {
  router routes;
  routes.get("/returns", [](exchange& http) -> task { co_await http.respond(status::ok); })
    .detached();
  routes
    .get("/throws",
         [](exchange& http) -> task {
           co_await http.delay(std::chrono::milliseconds{1});
           throw std::runtime_error{"no more"};
         })
    .detached();
  routes.get("/waits", [](exchange& http) -> task { co_await http.delay(std::chrono::hours{1}); })
    .detached();
  test_server server{routes};
  const auto count = [&] { return server.running->count(); };
  for (auto round = 0; round < 3; ++round) {
    raw_client client{server.port()};
    client.send("GET /returns HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 200 "));
    client.send("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 500 "));
    raw_client leaves{server.port()};
    leaves.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(
      comes_true([&] { return count().handlers_detached == 1 && count().handlers_running == 1; }));
    leaves.reset();
    CHECK(
      comes_true([&] { return count().handlers_detached == 0 && count().handlers_running == 0; }));
    CHECK(comes_true([&] { return count().handlers_cancelled_running == 0; }));
  }
}

// Destructors that throw while a cancelled coroutine is destroyed where it is suspended.

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using token = std::shared_ptr<int>;

struct throwing {
  bool with_http_error = false;
  throwing() = default;
  explicit throwing(bool as_http_error) : with_http_error{as_http_error} {}
  throwing(const throwing&) = delete;
  throwing& operator=(const throwing&) = delete;
  ~throwing() noexcept(false) {
    if (with_http_error)
      throw http_error{status::conflict, "the last word"};
    throw std::runtime_error{"the last word"};
  }
};

/// `held` is a parameter: it goes with the frame, and the locals before.
task hold(exchange& http, token held, bool as_http_error) {
  const auto before = held;
  const throwing local{as_http_error};
  const auto after = held;
  co_await http.delay(1h);
}

task hold_deep(exchange& http, token held, bool as_http_error) {
  const auto before = held;
  co_await hold(http, held, as_http_error);
  co_await http.respond(status::ok, "never");
}

/// The one report of a client whose handler is cancelled by its reset.
std::string report_of(const std::function<task(exchange&)>& handler) {
  router routes;
  routes.get("/of/it", handler);
  connection_fixture client{routes};
  client.send("GET /of/it HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  client.reset();
  client.run();
  CHECK_FALSE(client.is_alive());
  CHECK(client.count().handlers_running.load() == 0);
  CHECK(client.count().handlers_cancelled_running.load() == 0);
  CHECK(client.count().handlers_killed.load() == 0);
  CHECK(client.count().handler_failures.load() == 1);
  REQUIRE(client.reports().size() == 1);
  return client.reports().front();
}

} // namespace

TEST_CASE("a destructor that throws on cancellation is told and nothing is left (S44 S60)") {
  const auto held = std::make_shared<int>(0);
  std::string report;
  SUBCASE("in the handler") {
    report = report_of([&](exchange& http) { return hold(http, held, false); });
  }
  SUBCASE("in a task that it awaits") {
    report = report_of([&](exchange& http) { return hold_deep(http, held, false); });
  }
  SUBCASE("an answer, which comes too late") {
    report = report_of([&](exchange& http) { return hold(http, held, true); });
  }
  CHECK(report.find("/of/it") != std::string::npos);
  CHECK(report.find("the last word") != std::string::npos);
  CHECK(held.use_count() == 1); // its frame, and all in it, is gone
}

TEST_CASE("a handler of a WebSocket whose destructor throws lets it close (S35 S44)") {
  const auto held = std::make_shared<int>(0);
  router routes;
  routes.web_socket("/ws", [&held](web_socket& socket) {
    return [](web_socket& peer, [[maybe_unused]] token mine) -> task {
      const throwing local;
      co_await peer.delay(1h);
    }(socket, held);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  const auto start = client.peer().received.size();
  client.send(client_frame(0x88, std::string_view{"\x03\xe8", 2}));
  client.run();
  client.advance(settings{}.close_deadline);
  CHECK(client.peer().received.substr(start) == std::string_view{"\x88\x02\x03\xe8", 4});
  client.close();
  client.run();
  CHECK_FALSE(client.is_alive());
  CHECK(client.count().handlers_running.load() == 0);
  REQUIRE(client.reports().size() == 1);
  CHECK(client.reports().front().find("/ws") != std::string::npos);
  CHECK(held.use_count() == 1);
}

TEST_CASE("a destructor that throws at the end of a handler is its failure (S5)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.delay(0s);
    const throwing local;
  });
  connection_fixture client{routes};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK(client.peer().received.starts_with("HTTP/1.1 500 "));
  CHECK(client.count().handlers_running.load() == 0);
}

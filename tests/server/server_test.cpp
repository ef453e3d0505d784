#include "server/server.hpp"

#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// How many sockets of IPv4 listen on `port`.
std::size_t listening_on(std::uint16_t port) {
  std::ifstream table{"/proc/net/tcp"};
  std::size_t found = 0;
  std::string line;
  while (std::getline(table, line)) {
    unsigned where = 0;
    unsigned state = 0;
    constexpr unsigned listening = 0x0a;
    if (std::sscanf(line.c_str(), " %*d: %*x:%x %*x:%*x %x", &where, &state) == 2 && where == port
        && state == listening)
      ++found;
  }
  return found;
}

router hello() {
  router routes;
  routes.get("/", [](const request&) { return text("hello"); });
  return routes;
}

} // namespace

TEST_CASE("every event loop listens on the one port that the server got (server.hpp)") {
  const auto routes = hello();
  for (const std::size_t threads : {1U, 3U}) {
    CAPTURE(threads);
    const test_server server{routes, [&](config& wishes) { wishes.threads = threads; }};
    CHECK(server.port() != 0);
    CHECK(server.running->url() == "http://127.0.0.1:" + std::to_string(server.port()));
    CHECK(listening_on(server.port()) == threads);
  }
}

TEST_CASE("a budget of just one connection starts a server and one octet less does not (S61)") {
  const auto routes = hello();
  const auto [user, kernel] = test_server{routes}.running->bound();
  const auto with = [&](std::uint64_t budget) {
    return [budget](config& wishes) { wishes.memory_budget = budget; };
  };
  {
    const test_server server{routes, with(user + kernel)};
    raw_client client{server.port()};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("hello"));
  }
  CHECK_THROWS_AS((test_server{routes, with(user + kernel - 1)}), std::runtime_error);
}

TEST_CASE("a stop is done once and what comes after it is none (server.hpp)") {
  const auto routes = hello();
  const test_server server{routes};
  const auto port = server.port();
  CHECK(server.running->stop(std::chrono::seconds{5}).is_clean());
  CHECK(listening_on(port) == 0);
  CHECK(server.running->stop(std::chrono::seconds{5}).is_clean());
}

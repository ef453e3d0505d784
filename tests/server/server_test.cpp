#include "sluice/server/service/server.hpp"

#include "tests/support/patience.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

/// A listening socket on a free port of loopback, for a server to own.
std::pair<int, std::uint16_t> opened_socket() {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof where;
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(::listen(descriptor, 8) == 0);
  REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  return {descriptor, ntohs(where.sin_port)};
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

TEST_CASE("a server names all sockets that it was given and the port of the first (server.hpp)") {
  const auto routes = hello();
  const auto first = opened_socket();
  const auto second = opened_socket();
  const test_server server{routes, [&](config& wishes) {
                             wishes.given_sockets = {first.first, second.first};
                           }};
  CHECK(server.port() == first.second);
  CHECK(server.running->url()
        == "http://127.0.0.1:" + std::to_string(first.second)
             + ", http://127.0.0.1:" + std::to_string(second.second));
  for (const auto port : {first.second, second.second}) {
    raw_client client{port};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("hello"));
  }
}

TEST_CASE("a loop that a handler blocks has not turned until it is let go (server.hpp)") {
  observed<int> blocked;
  observed<bool> is_let_go;
  router routes;
  routes.get("/", [&](const request&) {
    blocked.update([](int& count) { ++count; });
    is_let_go.wait([](bool is) { return is; });
    return text("at last");
  });
  const test_server server{routes};
  const auto has_turned_in_the_end = [&] {
    return comes_true([&] { return server.running->has_turned(); });
  };
  for (auto i = 0; i < 3; ++i)
    CHECK(has_turned_in_the_end());
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(blocked.wait([](int count) { return count == 1; }));
  static_cast<void>(server.running->has_turned()); // it may have, before
  for (auto i = 0; i < 1000; ++i)
    CHECK_FALSE(server.running->has_turned());
  is_let_go.update([](bool& is) { is = true; });
  CHECK(client.receive_response().ends_with("at last"));
  CHECK(has_turned_in_the_end());
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

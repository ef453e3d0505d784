// Clients that come while a server stops.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <latch>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

router one_route() {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  return routes;
}

/// A listening Unix socket that this process has opened, as a service manager does.
class managed_socket {
public:
  managed_socket() {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    REQUIRE(::listen(descriptor_, 8) == 0);
  }
  managed_socket(const managed_socket&) = delete;
  managed_socket& operator=(const managed_socket&) = delete;
  ~managed_socket() {
    ::close(descriptor_);
    ::unlink(path.c_str());
  }
  /// Another descriptor of it, for a server to own.
  [[nodiscard]] int give() const { return ::dup(descriptor_); }

  const std::string path = (std::filesystem::temp_directory_path()
                            / ("sluice_managed_" + std::to_string(::getpid())))
                             .string();

private:
  const int descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

} // namespace

TEST_CASE("a client that connects just before a stop is served and not reset (S59)") {
  const auto routes = one_route();
  for (auto round = 0; round < 20; ++round) {
    CAPTURE(round);
    test_server server{routes};
    raw_client client{server.port()};
    client.send(plain_get);
    CHECK(server.running->stop(10s).is_clean());
    CHECK(client.receive_response().ends_with("fine"));
    CHECK(client.receive_all().empty());
    CHECK_FALSE(client.was_reset());
  }
}

TEST_CASE("a client of a Unix socket that connects just before a stop is served (S59)") {
  const auto routes = one_route();
  const auto path = (std::filesystem::temp_directory_path()
                     / ("sluice_stop_" + std::to_string(::getpid())))
                      .string();
  for (auto round = 0; round < 10; ++round) {
    CAPTURE(round);
    test_server server{routes, [&](config& wishes) { wishes.unix_path = path; }};
    raw_client client{path};
    client.send(plain_get);
    CHECK(server.running->stop(10s).is_clean());
    CHECK(client.receive_response().ends_with("fine"));
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a client of a given socket is served or waits for the next server (S59)") {
  const auto routes = one_route();
  const managed_socket socket;
  auto left_waiting = 0;
  for (auto round = 0; round < 20; ++round) {
    CAPTURE(round);
    test_server server{routes, [&](config& wishes) { wishes.given_sockets = {socket.give()}; }};
    raw_client client{socket.path};
    client.send(plain_get);
    CHECK(server.running->stop(10s).is_clean());
    if (!client.is_readable(0)) {
      ++left_waiting;
      test_server next{routes, [&](config& wishes) { wishes.given_sockets = {socket.give()}; }};
      CHECK(client.receive_response().ends_with("fine"));
      continue;
    }
    CHECK(client.receive_response().ends_with("fine"));
  }
  MESSAGE(left_waiting, " of 20 clients were served by the next server");
}

TEST_CASE("a client for whom there is no room when a stop begins is told so (S57 S59)") {
  const auto routes = one_route();
  test_server server{routes, [](config& wishes) {
                       wishes.threads = 1;
                       wishes.max_connections = 1;
                     }};
  raw_client first{server.port()};
  first.send(plain_get);
  CHECK(first.receive_response().ends_with("fine"));
  raw_client second{server.port()};
  second.send(plain_get);
  CHECK_FALSE(second.is_readable(100));
  CHECK(server.running->stop(10s).is_clean());
  CHECK(second.receive_response().starts_with("HTTP/1.1 503 "));
  CHECK_FALSE(second.was_reset());
}

TEST_CASE("a client that has just connected and said nothing is closed and not reset (S22 S59)") {
  const auto routes = one_route();
  test_server server{routes, [](config& wishes) { wishes.threads = 1; }};
  raw_client silent{server.port()};
  raw_client other{server.port()}; // behind it in the queue
  other.send(plain_get);
  CHECK(other.receive_response().ends_with("fine"));
  std::thread stops{[&server] { CHECK(server.running->stop(10s).is_clean()); }};
  CHECK(silent.receive_all().empty());
  silent.send(plain_get); // it was on its way
  silent.send(plain_get);
  CHECK(silent.receive_all().empty());
  CHECK_FALSE(silent.was_reset());
  silent.close();
  other.close();
  stops.join();
}

TEST_CASE("a client past the memory budget when a stop begins is told so and not reset (S22 S59)") {
  std::latch is_held{1};
  std::latch may_go_on{1};
  router routes;
  routes.get("/", [&](const request&) {
    is_held.count_down();
    may_go_on.wait(); // its loop, and all that waits for that
    return text("fine");
  });
  test_server server{routes, [](config& wishes) {
                       wishes.threads = 1;
                       wishes.memory_budget = memory_bound(wishes.limits)
                                              + kernel_bound(wishes.limits);
                     }};
  raw_client first{server.port()};
  first.send(plain_get);
  is_held.wait();
  raw_client second{server.port()};
  second.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
  second.send(std::string(10'000, 'x'));
  std::thread stops{[&server] { CHECK(server.running->stop(10s).is_clean()); }};
  std::this_thread::sleep_for(50ms); // most likely the stop waits for the loop by then
  may_go_on.count_down();
  CHECK(first.receive_response().ends_with("fine"));
  CHECK(second.receive_all().starts_with("HTTP/1.1 503 "));
  CHECK_FALSE(second.was_reset());
  first.close();
  stops.join();
}

// Clients that come while a server stops.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <latch>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

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

/// A clean stop on another thread, so that clients may go meanwhile: until they have, it waits.
class stopping {
public:
  explicit stopping(test_server& server)
    : thread_{[this, &server] {
        CHECK(server.running->stop(10s).is_clean());
        is_over_ = true;
      }} {}
  stopping(const stopping&) = delete;
  stopping& operator=(const stopping&) = delete;
  ~stopping() { thread_.join(); }
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

} // namespace

TEST_CASE("a client that connects just before a stop is served and not reset (S59)") {
  const auto routes = one_route();
  for (auto round = 0; round < 20; ++round) {
    CAPTURE(round);
    test_server server{routes};
    raw_client client{server.port()};
    client.send(plain_get);
    const stopping stop{server};
    CHECK(client.receive_response().ends_with("fine"));
    CHECK(client.receive_all().empty());
    CHECK_FALSE(client.was_reset());
    client.close();
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
    {
      const stopping stop{server};
      CHECK(client.receive_response().ends_with("fine"));
      client.close();
    }
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a client of a given socket is served or waits for the next server (S59)") {
  const auto routes = one_route();
  const managed_socket socket;
  for (auto round = 0; round < 20; ++round) {
    CAPTURE(round);
    test_server server{routes, [&](config& wishes) { wishes.given_sockets = {socket.give()}; }};
    raw_client client{socket.path};
    client.send(plain_get);
    {
      const stopping stop{server};
      CHECK(comes_true([&] { return client.is_readable() || stop.is_over(); }));
      if (client.is_readable()) {
        CHECK(client.receive_response().ends_with("fine"));
        client.close();
        continue;
      }
    }
    test_server next{routes, [&](config& wishes) { wishes.given_sockets = {socket.give()}; }};
    CHECK(client.receive_response().ends_with("fine"));
  }
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
  server.settle();
  CHECK_FALSE(second.is_readable());
  const stopping stop{server};
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
  const stopping stop{server};
  CHECK(silent.receive_all().empty());
  silent.send(plain_get); // it was on its way
  silent.send(plain_get);
  CHECK(silent.receive_all().empty());
  CHECK_FALSE(silent.was_reset());
  silent.close();
  other.close();
}

TEST_CASE("nobody can connect once a stop has begun though a handler holds up the loop (S59)") {
  std::latch is_held{1};
  std::latch may_go_on{1};
  router routes;
  routes.get("/", [&](const request&) {
    if (!is_held.try_wait())
      is_held.count_down();
    may_go_on.wait();
    return text("fine");
  });
  test_server server{routes, [](config& wishes) { wishes.threads = 1; }};
  auto first = std::make_unique<raw_client>(server.port());
  first->send(plain_get);
  is_held.wait();
  const stopping stop{server};
  std::vector<std::unique_ptr<raw_client>> early;
  auto is_refused = false;
  for (auto tries = 0; tries < 5000 && !is_refused; ++tries)
    try {
      auto next = std::make_unique<raw_client>(server.port());
      next->send(plain_get);
      if (early.size() < 10)
        early.push_back(std::move(next));
      std::this_thread::sleep_for(1ms); // until the other thread has come so far
    } catch (const std::system_error& why) {
      is_refused = true;
      CHECK(why.code() == std::errc::connection_refused);
    }
  CHECK(is_refused);
  may_go_on.count_down();
  early.push_back(std::move(first));
  for (const auto& one : early) {
    CHECK(one->receive_all().ends_with("fine"));
    one->close();
  }
}

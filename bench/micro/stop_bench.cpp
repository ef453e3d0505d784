// How long a stop takes while 100 feeds of events and 100 WebSockets are open whose handlers listen
// for it, and whose clients answer.

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/server/service/server.hpp"
#include <sluice/sluice.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace sluice;

constexpr auto each = 100;

task feed(exchange& http) {
  auto events = http.events();
  co_await events.send(server_event{"begun"});
  co_await http.draining();
  co_await events.send(server_event{"going"});
  co_await events.finish();
}

task talk(web_socket& socket) {
  co_await socket.send_text("begun");
  co_await socket.draining();
  co_await socket.send_text("going");
}

/// A client that reads until it has seen some words.
class client {
public:
  client(std::uint16_t port, std::string_view request) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (descriptor_ < 0
        || ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
      throw std::runtime_error{"can't connect"};
    send(request);
  }
  client(client&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  client& operator=(client&&) = delete;
  ~client() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  void send(std::string_view octets) const {
    if (::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL)
        != static_cast<ssize_t>(octets.size()))
      throw std::runtime_error{"can't send"};
  }
  void read_until(std::string_view words) {
    char buffer[4096];
    while (seen_.find(words) == std::string::npos) {
      const auto count = ::recv(descriptor_, buffer, sizeof buffer, 0);
      if (count <= 0)
        throw std::runtime_error{"the server has closed too early"};
      seen_.append(buffer, static_cast<std::size_t>(count));
    }
  }

private:
  int descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string seen_;
};

void stop_with_feeds_and_web_sockets(benchmark::State& state) {
  router routes;
  routes.get("/feed", feed);
  routes.web_socket("/talk", talk);
  config wishes;
  wishes.port = 0;
  journal log;
  const time_source time;
  for (auto _ : state) {
    std::string error;
    const auto running = server::start(wishes, routes, log, time, error);
    if (!running)
      throw std::runtime_error{error};
    std::vector<client> feeds;
    std::vector<client> talks;
    for (auto i = 0; i < each; ++i) {
      feeds.emplace_back(running->port(), "GET /feed HTTP/1.1\r\nHost: a\r\n\r\n");
      talks.emplace_back(running->port(), "GET /talk HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    }
    for (auto& one : feeds)
      one.read_until("begun");
    for (auto& one : talks)
      one.read_until("begun");
    std::thread answering{[&] {
      for (auto& one : talks) {
        one.read_until("\x88");                                    // a Close, whatever it says
        one.send(std::string_view{"\x88\x82\0\0\0\0\x03\xe8", 8}); // masked with zeros
      }
      feeds.clear(); // the server has shut down its side, and waits for theirs
      talks.clear();
    }};
    const auto began = std::chrono::steady_clock::now();
    const auto report = running->stop(std::chrono::seconds{30});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    answering.join();
    if (!report.is_clean())
      throw std::runtime_error{"the stop was not clean"};
    state.SetIterationTime(took.count());
  }
}
BENCHMARK(stop_with_feeds_and_web_sockets)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace

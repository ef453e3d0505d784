// Clients at every moment of a stop. A crowd of them visits a server, and their steps (a
// connection, a part of a request, an answer) are counted: a server is stopped once so many have
// been taken.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using connector = std::function<std::unique_ptr<raw_client>()>;

/// A request in the two parts that a client sends, and its answer's content.
struct errand {
  std::string_view first;
  std::string_view rest;
  std::string_view content;
};

constexpr std::array<errand, 8> errands{{
  {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", "fine"},
  {"POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc", "def", "6 octets"},
  {"POST /pooled HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc", "def", "6 octets"},
  {"POST /detached HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc", "def", "6 octets"},
  {"GE", "T / HTTP/1.1\r\nHost: a\r\n\r\n", "fine"},
  {"POST /loop HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", "", "1 octets"},
  {"POST /pooled HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", "", "1 octets"},
  {"POST /detached HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", "", "1 octets"},
}};

router all_placements() {
  const auto count = [](exchange& http) -> task {
    std::size_t octets = 0;
    while (const auto piece = co_await http.content().next())
      octets += piece->size();
    co_await http.delay(1ms);
    co_await http.respond(status::ok, std::to_string(octets) + " octets");
  };
  const auto never_ends = [](exchange& http) -> task {
    co_await http.delay(1h);
    co_await http.respond(status::ok, "at last");
  };
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.post("/loop", count);
  routes.post("/pooled", count).pooled();
  routes.post("/detached", count).detached();
  routes.get("/loop", never_ends);
  routes.get("/pooled", never_ends).pooled();
  routes.get("/detached", never_ends).detached();
  return routes;
}

/// What else than its answer may befall a client.
struct excuses {
  bool is_refused = false;      ///< can't connect any more, once the stop has begun
  bool is_told_to_wait = false; ///< 503, since there is not room for all
  bool is_dropped = false;      ///< without an answer, since the stop waits for nobody
};

/// Clients that come again and again, each on a thread, until they are refused a connection or sent
/// home.
class crowd {
public:
  crowd(std::size_t clients, connector connect, excuses may)
    : connect_{std::move(connect)}, may_{may} {
    for (std::size_t i = 0; i < clients; ++i)
      threads_.emplace_back([this, i] {
        for (auto visits = i; !is_over_ && visit(errands[visits % errands.size()]); ++visits) {}
      });
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() { send_home(); }

  void await_steps(int count) {
    CHECK(steps_.wait([count](int taken) { return taken >= count; }));
  }
  void on_stop_begins() { ++stops_and_ends_; }
  void on_stop_ends() { ++stops_and_ends_; }
  /// Waits until all are gone, who go when they are refused.
  void await_end() {
    for (auto& one : threads_)
      if (one.joinable())
        one.join();
  }
  void send_home() {
    is_over_ = true;
    await_end();
  }

  [[nodiscard]] std::string complaints() { return complaints_.get(); }
  /// Connections that ended without an answer: their requests had not left when the stop began.
  [[nodiscard]] int unanswered() const { return unanswered_; }
  [[nodiscard]] int answered() const { return answered_; }

private:
  /// @returns whether this client will come again
  bool visit(const errand& on) {
    const auto before = stops_and_ends_.load();
    std::unique_ptr<raw_client> client;
    try {
      client = connect_();
    } catch (const std::system_error& refusal) {
      if (!may_.is_refused || stops_and_ends_ == 0)
        complain(on, refusal.what());
      return false;
    }
    step();
    client->send(on.first);
    const auto is_early = before % 2 == 0 && stops_and_ends_ == before;
    step();
    if (!on.rest.empty()) {
      client->send(on.rest);
      step();
    }
    judge(on, *client, is_early);
    step();
    return true;
  }

  void judge(const errand& on, raw_client& client, bool is_early) {
    const auto answer = client.receive_response();
    if (may_.is_dropped)
      return;
    if (client.was_reset())
      return complain(on, "reset after '" + answer + "'");
    if (answer.empty() && !client.is_readable())
      return complain(on, "left waiting");
    if (answer.starts_with("HTTP/1.1 200 OK\r\n")
        && answer.ends_with("\r\n\r\n" + std::string{on.content}))
      ++answered_;
    else if (answer.empty() && !is_early)
      ++unanswered_;
    else if ((is_early && !may_.is_told_to_wait) || !answer.starts_with("HTTP/1.1 503 ")
             || !answer.ends_with("\r\n\r\n"))
      complain(on, "answered '" + answer + "'");
  }

  void complain(const errand& on, const std::string& what) {
    complaints_.update([&](auto& all) { all += std::string{on.first} + ": " + what + '\n'; });
  }

  void step() {
    steps_.update([](int& taken) { ++taken; });
  }

  const connector connect_;
  const excuses may_;
  std::atomic<int> stops_and_ends_ = 0; ///< odd while a server stops
  std::atomic<int> answered_ = 0;
  std::atomic<int> unanswered_ = 0;
  std::atomic<bool> is_over_ = false;
  observed<int> steps_;
  observed<std::string> complaints_;
  std::vector<std::thread> threads_;
};

constexpr std::size_t clients = 4; ///< at a time

/// Eight loops, then one, two, ...
void have_loops(config& wishes, int round) {
  wishes.threads = static_cast<std::size_t>(round + 7) % 8 + 1;
  wishes.pool_threads = 2;
}

/// Stops a server of its own for each offset, which `listen` says where to listen.
void stop_at_each(int offsets, const std::function<void(config&)>& listen,
                  const std::function<std::unique_ptr<raw_client>(const server&)>& connect,
                  bool is_full = false) {
  const auto routes = all_placements();
  auto answered = 0;
  auto unanswered = 0;
  for (auto offset = 0; offset < offsets; ++offset) {
    CAPTURE(offset);
    test_server server{routes, [&](config& wishes) {
                         have_loops(wishes, offset);
                         listen(wishes);
                       }};
    crowd visitors{clients,
                   [&] { return connect(*server.running); },
                   {.is_refused = true, .is_told_to_wait = is_full}};
    visitors.await_steps(offset);
    visitors.on_stop_begins();
    CHECK(server.running->stop(10s).is_clean());
    visitors.await_end();
    CHECK(visitors.complaints() == "");
    answered += visitors.answered();
    unanswered += visitors.unanswered();
  }
  MESSAGE(answered, " visits were answered, ", unanswered, " had not asked when the stop began");
}

void listen_nowhere_else(config&) {}

std::unique_ptr<raw_client> by_port(const server& to) {
  return std::make_unique<raw_client>(to.port());
}

/// A listening socket that this process has opened, as a service manager does.
class managed_socket {
public:
  explicit managed_socket(int family)
    : descriptor_{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    if (family == AF_UNIX)
      listen_at(path_);
    else
      listen_at_port();
    REQUIRE(::listen(descriptor_, 128) == 0);
  }
  managed_socket(const managed_socket&) = delete;
  managed_socket& operator=(const managed_socket&) = delete;
  ~managed_socket() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  /// Another descriptor of it, for a server to own.
  [[nodiscard]] int give() const { return ::dup(descriptor_); }
  [[nodiscard]] std::unique_ptr<raw_client> connect() const {
    return port_ == 0 ? std::make_unique<raw_client>(path_) : std::make_unique<raw_client>(port_);
  }

private:
  void listen_at(const std::string& path) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path.copy(where.sun_path, sizeof where.sun_path - 1);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
  }
  void listen_at_port() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const generic = reinterpret_cast<sockaddr*>(&where);
    REQUIRE(::bind(descriptor_, generic, sizeof where) == 0);
    REQUIRE(::getsockname(descriptor_, generic, &size) == 0);
    port_ = ntohs(where.sin_port);
  }

  const int descriptor_;
  const std::string path_ = (std::filesystem::temp_directory_path()
                             / ("sluice_moments_" + std::to_string(::getpid())))
                              .string();
  std::uint16_t port_ = 0;
};

/// One server after the other takes the socket, and the same clients come to all.
void relieve_at_each(int offsets, int family) {
  const auto routes = all_placements();
  const managed_socket socket{family};
  const auto start = [&](int round) {
    return std::make_unique<test_server>(routes, [&](config& wishes) {
      have_loops(wishes, round);
      wishes.given_sockets = {socket.give()};
    });
  };
  crowd visitors{clients, [&] { return socket.connect(); }, {}};
  auto steps = 0;
  for (auto offset = 0; offset < offsets; ++offset) {
    CAPTURE(offset);
    const auto server = start(offset);
    visitors.await_steps(steps += offset % 40);
    visitors.on_stop_begins();
    CHECK(server->running->stop(10s).is_clean());
    visitors.on_stop_ends();
  }
  const auto last = start(0);
  visitors.send_home();
  CHECK(visitors.complaints() == "");
  MESSAGE(visitors.answered(), " visits were answered, ", visitors.unanswered(),
          " had not asked when the stop began");
}

} // namespace

TEST_CASE("at each moment of a stop a client is answered or refused and none is reset (S22 S59)") {
  stop_at_each(48, listen_nowhere_else, by_port);
}

TEST_CASE("at each moment of a stop that follows full loads clients are told so (S57 S59)") {
  SUBCASE("since connections are counted") {
    stop_at_each(
      24, [](config& wishes) { wishes.max_connections = 2; }, by_port, true);
  }
  SUBCASE("since their memory is") {
    stop_at_each(
      24,
      [](config& wishes) {
        wishes.memory_budget = 2 * (memory_bound(wishes.limits) + kernel_bound(wishes.limits));
      },
      by_port, true);
  }
}

TEST_CASE("at each moment of a stop a client of a Unix socket is answered or refused (S59)") {
  const auto path = (std::filesystem::temp_directory_path()
                     / ("sluice_moment_" + std::to_string(::getpid())))
                      .string();
  stop_at_each(
    48, [&](config& wishes) { wishes.unix_path = path; },
    [&](const server&) { return std::make_unique<raw_client>(path); });
}

TEST_CASE("clients of a given socket are answered by one server after the other (S59)") {
  SUBCASE("by a port") {
    relieve_at_each(48, AF_INET);
  }
  SUBCASE("by a path") {
    relieve_at_each(48, AF_UNIX);
  }
}

TEST_CASE("a stop that waits for nobody ends handlers of each placement at any moment (S59 S60)") {
  const auto routes = all_placements();
  std::size_t cancelled = 0;
  for (auto offset = 0; offset < 32; ++offset) {
    CAPTURE(offset);
    test_server server{routes, [&](config& wishes) { have_loops(wishes, offset); }};
    std::vector<std::unique_ptr<raw_client>> waiting;
    for (const auto* path : {"/loop", "/pooled", "/detached"})
      for (const auto* method : {"GET ", "POST "}) {
        waiting.push_back(by_port(*server.running));
        waiting.back()->send(std::string{method} + path
                             + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
      }
    crowd visitors{
      clients, [&] { return by_port(*server.running); }, {.is_refused = true, .is_dropped = true}};
    visitors.await_steps(offset);
    visitors.on_stop_begins();
    const auto report = server.running->stop(0ms);
    cancelled += report.handlers_cancelled;
    CHECK(report.handlers_left == 0);
    CHECK(report.handlers_killed == 0);
    CHECK_FALSE(report.is_stuck());
    const auto& count = server.running->count();
    CHECK(count.connections_open == 0);
    CHECK(count.connection_actors == 0);
    CHECK(count.handlers_running == 0);
    visitors.await_end();
    CHECK(visitors.complaints() == "");
    for (const auto& one : waiting)
      CHECK(one->receive_all().empty());
  }
  CHECK(cancelled > 32); // of 192: handlers were under way
}

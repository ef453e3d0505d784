// What leaves together, and what must not wait for another.

#include "tests/conformance/subject.hpp"
#include "tests/support/patience.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A socket whose received octets can be seen as they came: one recv takes what one segment
/// brought.
class plain_socket {
public:
  explicit plain_socket(std::uint16_t port)
    : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    const timeval most{patience_ms / 1000, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  }
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;
  ~plain_socket() { ::close(descriptor_); }

  void send(std::string_view octets) const {
    CHECK(::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL)
          == static_cast<ssize_t>(octets.size()));
  }
  [[nodiscard]] std::string first_octets() const {
    std::array<char, 65536> piece{};
    const auto got = ::recv(descriptor_, piece.data(), piece.size(), 0);
    return {piece.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  [[nodiscard]] sockaddr_in own_name() const {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size);
    return name;
  }

private:
  int descriptor_;
};

/// The descriptor of this process whose peer is `name`: the server's side of a connection.
int accepted_from(const sockaddr_in& name) {
  for (auto descriptor = 3; descriptor < 1024; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0
        && peer.sin_family == AF_INET && peer.sin_port == name.sin_port)
      return descriptor;
  }
  return -1;
}

} // namespace

TEST_CASE("head and first content leave in one segment (S51)") {
  router routes;
  routes.get("/function", [](const request&) { return text("content"); });
  routes.get("/respond",
             [](exchange& http) -> task { co_await http.respond(status::ok, "content"); });
  routes.get("/pieces", [](exchange& http) -> task {
    co_await http.begin(status::ok, {}, 7);
    co_await http.send("content");
    co_await http.finish();
  });
  routes.get("/chunks", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("content");
    co_await http.delay(std::chrono::milliseconds{20});
    co_await http.finish();
  });
  routes.get("/behavior", behavior_handler{[](caf::event_based_actor* self, const request&,
                                              const caf::actor& connection) -> caf::behavior {
               self->request(connection, caf::infinite, begin_response{status::ok, {}, 7})
                 .then([self, connection] {
                   self->request(connection, caf::infinite, response_content{octets{"content"}})
                     .then([self, connection] {
                       self->request(connection, caf::infinite, end_response{}).then([self] {
                         self->quit();
                       });
                     });
                 });
               return {[](const end_of_content&) {}, [self](const cancelled&) { self->quit(); }};
             }});
  test_server server{routes};
  for (const std::string path : {"/function", "/respond", "/pieces", "/chunks", "/behavior"}) {
    CAPTURE(path);
    for (auto i = 0; i < 20; ++i) {
      const plain_socket client{server.port()};
      client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(client.first_octets().find("content") != std::string::npos);
    }
  }
}

TEST_CASE("a head without content at hand does not wait for it (S51)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.delay(std::chrono::hours{24});
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(get);
  CHECK(status_of(client.receive_until("\r\n\r\n")) == "200");
}

TEST_CASE("TCP_NODELAY is on for accepted connections (S51)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes};
  const plain_socket client{server.port()};
  client.send(get);
  CHECK(status_of(client.first_octets()) == "200");
  const auto descriptor = accepted_from(client.own_name());
  REQUIRE(descriptor >= 0);
  int value = 0;
  socklen_t size = sizeof value;
  CHECK(::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
  CHECK(value != 0);
}

TEST_CASE("a connection of endless pipelined requests does not starve another (S52)") {
  const auto served = std::make_shared<observed<std::size_t>>();
  router routes;
  routes.get("/", [served](const request&) {
    served->update([](auto& count) { ++count; });
    return text("");
  });
  routes.get("/other", [](exchange& http) -> task { co_await http.respond(status::ok, "other"); });
  // One loop, so that both are served by the same thread.
  test_server server{routes, [](config& wishes) { wishes.threads = 1; }};
  std::atomic<bool> stop{false};
  raw_client greedy{server.port()};
  std::string many;
  for (auto i = 0; i < 100; ++i)
    many += get;
  std::thread sender{[&] {
    while (!stop)
      greedy.send(many);
  }};
  std::thread reader{[&] {
    while (!greedy.receive(1 << 20).empty()) {}
  }};
  CHECK(served->wait([](auto count) { return count > 1000; }));
  raw_client other{server.port()};
  for (auto i = 0; i < 100; ++i) {
    other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(other.receive_response().ends_with("\r\n\r\nother"));
  }
  const auto before = served->get();
  CHECK(served->wait([=](auto count) { return count > before; })); // it went on all the while
  stop = true;
  sender.join();
  greedy.shutdown_write();
  reader.join();
}

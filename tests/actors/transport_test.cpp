// The kernel as a connection sees it: real sockets, both ends of them ours.

#include "sluice/actors/net/transport.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sluice;

namespace {

/// A connection over TCP: one end as a transport, the other as it is.
struct tcp_pair {
  tcp_pair() : peer{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, served{accepted_by(peer)} {}
  ~tcp_pair() { ::close(peer); }
  tcp_pair(const tcp_pair&) = delete;
  tcp_pair& operator=(const tcp_pair&) = delete;

  static int accepted_by(int client) {
    const auto listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    REQUIRE(::bind(listener, address, size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, address, &size) == 0);
    REQUIRE(::connect(client, address, size) == 0);
    const auto accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    REQUIRE(accepted >= 0);
    ::close(listener);
    return accepted;
  }
  void send(std::string_view octets) const {
    REQUIRE(::send(peer, octets.data(), octets.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(octets.size()));
  }
  /// What the peer gets next: octets, "end" or "reset".
  [[nodiscard]] std::string next() const {
    std::array<char, 64> buffer{};
    const auto count = ::recv(peer, buffer.data(), buffer.size(), 0);
    if (count < 0)
      return errno == ECONNRESET ? "reset" : "another error";
    return count == 0 ? "end" : std::string(buffer.data(), static_cast<std::size_t>(count));
  }

  int peer;
  socket_transport served;
};

std::string text_of(const std::array<std::byte, 64>& buffer, std::size_t count) {
  return {reinterpret_cast<const char*>(buffer.data()), count};
}

iovec vector_of(std::string& text) {
  return {text.data(), text.size()};
}

} // namespace

TEST_CASE("a read takes what has come and tells nothing from the end (S39)") {
  tcp_pair all;
  std::array<std::byte, 64> buffer{};
  auto result = all.served.read(buffer);
  CHECK(result.octets == 0); // later
  CHECK_FALSE(result.is_end);
  CHECK_FALSE(result.error);

  all.send("hello");
  CHECK(all.served.readable() == 5);
  result = all.served.peek(buffer);
  CHECK(text_of(buffer, result.octets) == "hello");
  CHECK(all.served.readable() == 5); // still
  result = all.served.read(std::span{buffer}.first(0));
  CHECK_FALSE(result.is_end); // nothing was asked for
  result = all.served.read(std::span{buffer}.first(2));
  CHECK(text_of(buffer, result.octets) == "he");
  CHECK(all.served.readable() == 3);

  ::shutdown(all.peer, SHUT_WR);
  result = all.served.read(buffer);
  CHECK(text_of(buffer, result.octets) == "llo");
  CHECK_FALSE(result.is_end); // behind what is left
  result = all.served.read(buffer);
  CHECK(result.octets == 0);
  CHECK(result.is_end);
  CHECK_FALSE(result.error);
}

TEST_CASE("a write gathers its runs, takes what has room and says later when there is none (S47)") {
  tcp_pair all;
  std::string one = "one ";
  std::string two = "two";
  const std::array both{vector_of(one), vector_of(two)};
  CHECK(all.served.write(both).octets == 7);
  CHECK(all.next() == "one two");

  std::string large(64 * 1024, 'x');
  const std::array much{vector_of(large)};
  transport::result result;
  for (auto i = 0; i < 10'000 && (i == 0 || result.octets > 0); ++i)
    result = all.served.write(much);
  CHECK(result.octets == 0);
  CHECK_FALSE(result.error);
}

TEST_CASE("a peer that has reset is an error and no signal (S46)") {
  tcp_pair all;
  std::string text = "text";
  const std::array vectors{vector_of(text)};
  const linger at_once{1, 0};
  ::setsockopt(all.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(all.peer);
  all.peer = -1;
  SUBCASE("the kernel tells it once") {
    CHECK(all.served.take_error() == std::errc::connection_reset);
    CHECK_FALSE(all.served.take_error());
  }
  SUBCASE("a read tells it") {
    std::array<std::byte, 64> buffer{};
    const auto result = all.served.read(buffer);
    CHECK(result.error == std::errc::connection_reset);
    CHECK(result.octets == 0);
    CHECK_FALSE(result.is_end);
  }
  SUBCASE("a write tells it and the next as well") {
    CHECK(all.served.write(vectors).error == std::errc::connection_reset);
    CHECK(all.served.write(vectors).error == std::errc::broken_pipe);
  }
}

TEST_CASE("shutting down and closing end cleanly and aborting resets (S22 S50)") {
  tcp_pair all;
  std::string text = "last";
  const std::array vectors{vector_of(text)};
  CHECK(all.served.write(vectors).octets == 4);
  SUBCASE("shut down: what comes can still be read") {
    all.served.shutdown_write();
    CHECK(all.next() == "last");
    CHECK(all.next() == "end");
    all.send("answer");
    CHECK(all.served.readable() == 6);
  }
  SUBCASE("closed, however often") {
    all.served.close();
    all.served.close();
    CHECK(all.next() == "last");
    CHECK(all.next() == "end");
  }
  SUBCASE("aborted") {
    CHECK(all.next() == "last");
    all.served.abort();
    CHECK(all.next() == "reset");
    all.served.abort();
  }
}

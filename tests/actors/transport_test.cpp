// The kernel as a connection sees it: real sockets, both ends of them ours.

#include "sluice/actors/net/socket_transport.hpp"
#include "sluice/protocol/octets.hpp"

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
using next = transport::next;

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

TEST_CASE("a read takes what has come and says what comes next (S39)") {
  tcp_pair all;
  std::array<std::byte, 64> buffer{};
  auto result = all.served.read(buffer);
  CHECK(result.octets == 0);
  CHECK(result.then == next::dry);

  all.send("hello");
  CHECK(all.served.can_bring(5) == known::yes);
  CHECK(all.served.can_bring(6) == known::no);
  CHECK(all.served.can_look());
  CHECK(as_text(all.served.look(4)) == "hell");
  CHECK(as_text(all.served.look()) == "hello");
  CHECK(all.served.can_bring(5) == known::yes); // still
  result = all.served.read(std::span{buffer}.first(0));
  CHECK(result.then == next::more); // nothing was asked for
  result = all.served.read(std::span{buffer}.first(2));
  CHECK(text_of(buffer, result.octets) == "he");
  CHECK(result.then == next::more); // as much came as was asked for
  CHECK(all.served.can_bring(3) == known::yes);
  CHECK(all.served.can_bring(4) == known::no);

  ::shutdown(all.peer, SHUT_WR);
  result = all.served.read(buffer);
  CHECK(text_of(buffer, result.octets) == "llo");
  CHECK(result.then == next::dry); // the end is behind what is left
  for (auto i = 0; i < 2; ++i) {
    result = all.served.read(buffer);
    CHECK(result.octets == 0);
    CHECK(result.then == next::end);
  }
}

TEST_CASE("a write gathers its runs, takes what has room and says later when there is none (S47)") {
  tcp_pair all;
  std::string one = "one ";
  std::string two = "two";
  const std::array both{vector_of(one), vector_of(two)};
  auto result = all.served.write(both);
  CHECK(result.octets == 7);
  CHECK(result.then == next::more);
  CHECK(all.next() == "one two");

  std::string large(64 * 1024, 'x');
  const std::array much{vector_of(large)};
  for (auto i = 0; i < 10'000 && result.then == next::more; ++i)
    result = all.served.write(much);
  CHECK(result.octets < large.size());
  CHECK(result.then == next::dry);
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
    CHECK(all.served.take_error() == ECONNRESET);
    CHECK(all.served.take_error() == 0);
  }
  SUBCASE("a read tells it") {
    std::array<std::byte, 64> buffer{};
    const auto result = all.served.read(buffer);
    CHECK(result.then == next::failed);
    CHECK(result.error == ECONNRESET);
    CHECK(result.octets == 0);
  }
  SUBCASE("a write tells it and the next as well") {
    CHECK(all.served.write(vectors).error == ECONNRESET);
    const auto result = all.served.write(vectors);
    CHECK(result.then == next::failed);
    CHECK(result.error == EPIPE);
  }
}

TEST_CASE("shutting down and closing end cleanly and aborting resets (S22 S50)") {
  tcp_pair all;
  std::string text = "last";
  const std::array vectors{vector_of(text)};
  CHECK(all.served.write(vectors).octets == 4);
  SUBCASE("shut down: what comes can still be read") {
    CHECK(all.served.shutdown_write() == next::more); // it is done
    CHECK(all.next() == "last");
    CHECK(all.next() == "end");
    all.send("answer");
    CHECK(all.served.can_bring(6) == known::yes);
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

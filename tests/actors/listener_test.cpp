#include "actors/listener.hpp"

#include "actors/settings.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using namespace sluice;

namespace {

int option(const listener& from, int level, int name) {
  auto value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(from.descriptor(), level, name, &value, &size) == 0);
  return value;
}

} // namespace

TEST_CASE("a silent host is given up soon after its time (S43)") {
  struct expectation {
    int seconds;
    int interval;
  };
  for (const auto& wanted : {expectation{1, 1}, {2, 1}, {12, 2}, {60, 10}, {600, 10}}) {
    CAPTURE(wanted.seconds);
    settings wishes;
    wishes.user_timeout = std::chrono::seconds{wanted.seconds};
    std::string error;
    const auto made = listener::tcp("127.0.0.1", 0, true, wishes, error);
    REQUIRE(made.is_open());
    CHECK(option(made, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(made, IPPROTO_TCP, TCP_USER_TIMEOUT) == 1000 * wanted.seconds);
    CHECK(option(made, IPPROTO_TCP, TCP_KEEPIDLE) == wanted.seconds);
    CHECK(option(made, IPPROTO_TCP, TCP_KEEPINTVL) == wanted.interval);
  }
}

TEST_CASE("without a user timeout the kernel keeps its own (S43)") {
  settings wishes;
  wishes.user_timeout = duration::zero();
  std::string error;
  const auto made = listener::tcp("127.0.0.1", 0, true, wishes, error);
  REQUIRE(made.is_open());
  CHECK(option(made, SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(option(made, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
}

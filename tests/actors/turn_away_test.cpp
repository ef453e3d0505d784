#include "actors/turn_away.hpp"

#include "actors/listener.hpp"
#include "actors/settings.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <string>

#include <poll.h>
#include <sys/socket.h>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("without a descriptor to spare a client is told, though it has sent already (S22 S57)") {
  std::string error;
  const auto at = listener::tcp("127.0.0.1", 0, true, settings{}, error);
  REQUIRE(error.empty());
  raw_client client{at.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n"
              + std::string(20'000, 'x'));
  pollfd has_come{at.descriptor(), POLLIN, 0};
  REQUIRE(::poll(&has_come, 1, 5000) == 1);
  const auto accepted = ::accept4(at.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(accepted >= 0);
  has_come.fd = accepted;
  REQUIRE(::poll(&has_come, 1, 5000) == 1);
  turn_away::refuse_at_once(accepted);
  const auto all = client.receive_all();
  CHECK(all.starts_with("HTTP/1.1 503 "));
  CHECK(all.find("\r\nRetry-After: 1\r\n") != std::string::npos);
  CHECK_FALSE(client.was_reset());
}

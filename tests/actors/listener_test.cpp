#include "sluice/actors/net/listener.hpp"

#include "sluice/actors/messages/settings.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

int option(int descriptor, int level, int name) {
  auto value = 0;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(descriptor, level, name, &value, &size) == 0);
  return value;
}

int option(const listener& from, int level, int name) {
  return option(from.descriptor(), level, name);
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
    // The kernel counts whole seconds: a part of one is one more.
    wishes.user_timeout = std::chrono::milliseconds{1000 * wanted.seconds - 1};
    const auto made = listener::tcp("127.0.0.1", 0, true, wishes);
    CHECK(option(made, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(made, IPPROTO_TCP, TCP_USER_TIMEOUT) == 1000 * wanted.seconds);
    CHECK(option(made, IPPROTO_TCP, TCP_KEEPIDLE) == wanted.seconds);
    CHECK(option(made, IPPROTO_TCP, TCP_KEEPINTVL) == wanted.interval);
  }
}

TEST_CASE("without a user timeout the kernel keeps its own (S43)") {
  settings wishes;
  wishes.user_timeout = duration::zero();
  const auto made = listener::tcp("127.0.0.1", 0, true, wishes);
  CHECK(option(made, SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(option(made, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
}

TEST_CASE("a given socket is taken over, and what waited there gets the options too (S61)") {
  settings wishes;
  wishes.receive_buffer = 16 * 1024;
  settings other;
  other.user_timeout = duration::zero();
  auto opened = listener::tcp("127.0.0.1", 0, true, other); // stands for another process's
  REQUIRE(::fcntl(opened.descriptor(), F_SETFL, 0) == 0);   // as others may make it
  const raw_client waiting{opened.port()};
  const raw_client behind{opened.port()};

  const auto made = listener::given(::dup(opened.descriptor()), wishes);
  CHECK(made.url() == "http://127.0.0.1:" + std::to_string(opened.port()));
  CHECK((::fcntl(made.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(made.descriptor(), F_GETFL) & O_NONBLOCK) != 0);
  const auto copy = made.duplicate();
  const raw_client later{opened.port()};
  // The duplicate knows as well that the options of who waited are to be set; others inherit them.
  for (const auto* from : {&made, &copy, &made}) {
    const auto connection = ::accept(from->descriptor(), nullptr, nullptr);
    REQUIRE(connection >= 0);
    from->prepare(connection, wishes);
    CHECK(option(connection, SOL_SOCKET, SO_RCVBUF) == 2 * 16 * 1024);
    CHECK(option(connection, SOL_SOCKET, SO_KEEPALIVE) == 1);
    ::close(connection);
  }
}

TEST_CASE("the path of a server that is gone is taken over and that of a living one is not (S59)") {
  const auto path = "/tmp/sluice_listener_test_left_" + std::to_string(::getpid());
  {
    // As a process that was killed leaves it.
    const auto left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path.copy(where.sun_path, path.size());
    REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    REQUIRE(::listen(left, 1) == 0);
    ::close(left);
  }
  const auto living = listener::unix_path(path, settings{});
  CHECK_THROWS_WITH_AS(static_cast<void>(listener::unix_path(path, settings{})),
                       ("can't listen on " + path + ": Address already in use").c_str(),
                       std::system_error);
  const raw_client client{path}; // still there
  CHECK(::access(path.c_str(), F_OK) == 0);

  // What is no socket stays as well.
  const auto file = path + ".txt";
  ::close(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  CHECK_THROWS_AS(static_cast<void>(listener::unix_path(file, settings{})), std::system_error);
  CHECK(::unlink(file.c_str()) == 0);
}

TEST_CASE("what is no listening stream socket is not taken over") {
  const auto null = ::open("/dev/null", O_RDWR);
  const auto datagrams = ::socket(AF_INET, SOCK_DGRAM, 0);
  const auto idle = ::socket(AF_INET, SOCK_STREAM, 0);
  for (const auto descriptor : {null, datagrams, idle, 1'000'000}) {
    CAPTURE(descriptor);
    const auto why = "descriptor " + std::to_string(descriptor)
                     + " is no listening TCP or Unix socket";
    CHECK_THROWS_WITH_AS(static_cast<void>(listener::given(descriptor, settings{})), why.c_str(),
                         std::runtime_error);
  }
  for (const auto descriptor : {null, datagrams, idle})
    CHECK(::close(descriptor) == 0); // it is still ours
}

TEST_CASE("a listener says where it listens") {
  CHECK(listener::tcp("::1", 0, true, settings{}).url().starts_with("http://[::1]:"));
  const auto path = "/tmp/sluice_listener_test_" + std::to_string(::getpid());
  CHECK(listener::unix_path(path, settings{}).url() == "unix:" + path);
  CHECK(::access(path.c_str(), F_OK) != 0);

  const auto abstract = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  const auto name = path.substr(1); // behind a NUL
  name.copy(where.sun_path + 1, name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  REQUIRE(::bind(abstract, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(::listen(abstract, 1) == 0);
  CHECK(listener::given(abstract, settings{}).url() == "unix:@" + name);
}

TEST_CASE("a listener that is turned off refuses who comes and keeps who waits (S59)") {
  SUBCASE("on a port") {
    const auto one = listener::tcp("127.0.0.1", 0, true, settings{});
    const auto other = listener::tcp("127.0.0.1", one.port(), false, settings{});
    const raw_client waiting{one.port()};
    one.turn_off();
    other.turn_off();
    for (auto i = 0; i < 20; ++i)
      CHECK_THROWS_WITH_AS(raw_client{one.port()},
                           "the test client can't connect: Connection refused", std::system_error);
    auto accepted = 0;
    for (const auto* from : {&one, &other}) {
      const auto connection = ::accept(from->descriptor(), nullptr, nullptr);
      accepted += connection >= 0 ? 1 : 0;
      ::close(connection);
    }
    CHECK(accepted == 1);
  }
  SUBCASE("on a path, with all its descriptors") {
    const auto path = (std::filesystem::temp_directory_path()
                       / ("sluice_off_" + std::to_string(::getpid())))
                        .string();
    const auto one = listener::unix_path(path, settings{});
    const auto copy = one.duplicate();
    const raw_client waiting{path};
    one.turn_off();
    CHECK_THROWS_WITH_AS(raw_client{path}, "the test client can't connect: Connection refused",
                         std::system_error);
    const auto connection = ::accept(copy.descriptor(), nullptr, nullptr);
    CHECK(connection >= 0);
    ::close(connection);
    CHECK(::accept(copy.descriptor(), nullptr, nullptr) < 0);
  }
}

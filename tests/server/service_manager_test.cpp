#include "sluice/server/service/service_manager.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice;

namespace {

struct reading {
  service_manager manager;
  std::string error;
};

/// Reads an environment in which a manager gives `count` sockets to `process`.
reading read_environment(const std::string& process, const std::string& count) {
  ::setenv("LISTEN_PID", process.c_str(), 1);
  ::setenv("LISTEN_FDS", count.c_str(), 1);
  ::setenv("LISTEN_FDNAMES", "http:admin", 1);
  reading result;
  try {
    result.manager = service_manager::from_environment();
  } catch (const std::runtime_error& wrong) {
    result.error = wrong.what();
  }
  for (const auto* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET",
                           "WATCHDOG_PID", "WATCHDOG_USEC"})
    CHECK(std::getenv(name) == nullptr); // no child takes it for its own
  return result;
}

std::string ours() {
  return std::to_string(::getpid());
}

/// A service manager's end.
class notified {
public:
  explicit notified(std::string name) : descriptor_{::socket(AF_UNIX, SOCK_DGRAM, 0)} {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    name.copy(where.sun_path, name.size());
    if (name[0] == '@')
      where.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), size) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  notified(const notified&) = delete;
  notified& operator=(const notified&) = delete;
  ~notified() { ::close(descriptor_); }

  /// A datagram is there as soon as it was sent. @returns what was said last, or nothing
  std::string said() {
    std::array<char, 64> buffer{};
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

private:
  int descriptor_;
};

} // namespace

TEST_CASE("sockets that are given to this process begin at descriptor 3 (sd_listen_fds)") {
  CHECK(read_environment(ours(), "3").manager.sockets() == std::vector{3, 4, 5});
  CHECK(read_environment(ours(), "0").manager.sockets().empty());
}

TEST_CASE("sockets of another process are left alone (sd_listen_fds)") {
  for (const std::string process : {"1", "", "-1", "many"}) {
    CAPTURE(process);
    const auto read = read_environment(process, "1");
    CHECK(read.manager.sockets().empty());
    CHECK(read.error.empty());
  }
}

TEST_CASE("a number of sockets that cannot be is refused") {
  CHECK(read_environment(ours(), "1024").error.empty());
  for (const std::string count : {"1025", "-1", "", "two", "1 "}) {
    CAPTURE(count);
    const auto read = read_environment(ours(), count);
    CHECK(read.manager.sockets().empty());
    CHECK(read.error == "LISTEN_FDS is no number from 0 to 1024: '" + count + "'");
  }
}

TEST_CASE("the manager is told when the server is ready and when it stops (sd_notify)") {
  const auto path = "/tmp/sluice_notify_test_" + ours();
  for (const auto& name : {path, "@" + path}) {
    CAPTURE(name);
    notified manager{name};
    const auto read = read_environment("", "");
    CHECK(manager.said().empty());
    read.manager.report_ready();
    CHECK(manager.said() == "READY=1");
    read.manager.report_alive();
    CHECK(manager.said() == "WATCHDOG=1");
    read.manager.report_stopping();
    CHECK(manager.said() == "STOPPING=1");
  }
  ::unlink(path.c_str());
}

TEST_CASE("a manager that watches this process says how long it waits (sd_watchdog_enabled)") {
  const auto watched = [](const std::string& process, const std::string& length) {
    ::setenv("WATCHDOG_USEC", length.c_str(), 1);
    if (!process.empty())
      ::setenv("WATCHDOG_PID", process.c_str(), 1);
    return read_environment("", "").manager.watchdog().count();
  };
  CHECK(watched(ours(), "30000000") == 30'000'000);
  CHECK(watched("", "1") == 1);
  CHECK(watched("1", "30000000") == 0); // another process
  for (const std::string length : {"", "0", "-1", "30s", "99999999999999999999"})
    CHECK(watched(ours(), length) == 0);
  CHECK(read_environment("", "").manager.watchdog().count() == 0);
}

TEST_CASE("the longest path of a manager is told, and one that does not fit is left (unix(7))") {
  const auto folder = "/tmp/sluice_notify_" + ours() + '_';
  const auto path = folder + std::string(107 - folder.size(), 'a'); // the 108th octet ends it
  {
    notified manager{path};
    read_environment("", "").manager.report_ready();
    CHECK(manager.said() == "READY=1");
    ::setenv("NOTIFY_SOCKET", (path + 'a').c_str(), 1);
    read_environment("", "").manager.report_ready();
    CHECK(manager.said().empty());
  }
  ::unlink(path.c_str());
}

TEST_CASE("without a manager nobody is told") {
  for (const auto& nobody : {std::string{}, std::string{"/nonexistent"}, std::string(200, 'a')}) {
    ::setenv("NOTIFY_SOCKET", nobody.c_str(), 1);
    const auto next = ::dup(0);
    ::close(next);
    read_environment("", "").manager.report_ready();
    const auto same = ::dup(0); // no descriptor is left behind
    CHECK(same == next);
    ::close(same);
  }
}

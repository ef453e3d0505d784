#include "sluice/server/service/service_manager.hpp"

#include "sluice/server/options/option_values.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int first_descriptor = 3;
constexpr int most_sockets = 1024;

/// Takes a variable out of the environment. @returns its value, empty without one
std::string take(const char* name) {
  const auto* value = std::getenv(name);
  std::string taken = value != nullptr ? value : "";
  ::unsetenv(name);
  return taken;
}

/// @returns zero unless this process is the one that is watched
std::chrono::microseconds take_watchdog() {
  const auto length = parse_number<std::int64_t>(take("WATCHDOG_USEC"));
  const auto process = take("WATCHDOG_PID");
  const auto is_ours = process.empty() || process == std::to_string(::getpid());
  return std::chrono::microseconds{is_ours && length && *length > 0 ? *length : 0};
}

} // namespace

service_manager service_manager::from_environment() {
  service_manager made;
  made.path_ = take("NOTIFY_SOCKET");
  made.watchdog_ = take_watchdog();
  const auto process = take("LISTEN_PID");
  const auto count = take("LISTEN_FDS");
  take("LISTEN_FDNAMES");
  // Meant for another process: an ancestor that did not remove it, for instance.
  if (process != std::to_string(::getpid()))
    return made;
  const auto sockets = parse_number<int>(count);
  if (!sockets || *sockets < 0 || *sockets > most_sockets)
    throw std::runtime_error{"LISTEN_FDS is no number from 0 to " + std::to_string(most_sockets)
                             + ": '" + count + "'"};
  for (auto i = 0; i < *sockets; ++i)
    made.sockets_.push_back(first_descriptor + i);
  return made;
}

void service_manager::report(const char* state) const noexcept {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof where.sun_path)
    return;
  std::copy(path_.begin(), path_.end(), where.sun_path);
  if (where.sun_path[0] == '@')
    where.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  const auto sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // A manager that can't be told notices by itself that its deadline passes.
  ::sendto(sender, state, std::strlen(state), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&where), size);
  ::close(sender);
}

} // namespace sluice

#include "actors/listener.hpp"

#include "actors/settings.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int backlog = 4096;

struct tcp_address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

bool parse(const std::string& text, std::uint16_t port, tcp_address& out) {
  auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (::inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
    return true;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET6, text.c_str(), &six->sin6_addr) != 1)
    return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  out.size = sizeof(sockaddr_in6);
  return true;
}

void set(int descriptor, int level, int name, int value) noexcept {
  // Each is a refinement: a kernel that refuses one still serves.
  ::setsockopt(descriptor, level, name, &value, sizeof value);
}

void set_buffers(int descriptor, const settings& s) noexcept {
  set(descriptor, SOL_SOCKET, SO_RCVBUF, static_cast<int>(s.receive_buffer));
  set(descriptor, SOL_SOCKET, SO_SNDBUF, static_cast<int>(s.send_buffer));
}

void set_tcp_options(int descriptor, const settings& s) noexcept {
  set_buffers(descriptor, s);
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto timeout = std::chrono::ceil<std::chrono::seconds>(s.user_timeout).count();
  if (timeout <= 0)
    return;
  // Dead hosts are noticed with output under way (TCP_USER_TIMEOUT) and without (keepalive) (S43).
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(timeout));
  // An unanswered probe ends the connection once the user timeout is over: soon after, not 10 s.
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL,
      static_cast<int>(std::clamp<std::int64_t>(timeout / 6, 1, 10)));
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout * 1000));
}

std::string sentence(const std::string& what, int error) {
  return what + ": " + std::generic_category().message(error);
}

/// Whether binding without SO_REUSEPORT works: if not, somebody else listens there.
int probe(const tcp_address& where) {
  const auto descriptor = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return errno;
  set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (where.storage.ss_family == AF_INET6)
    set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const auto result = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&where.storage),
                             where.size);
  const auto error = result == 0 ? 0 : errno;
  ::close(descriptor);
  return error;
}

/// Whether a Unix socket stands at the path and nobody answers: a dead server left it behind. Keeps
/// errno otherwise.
bool is_abandoned(const sockaddr_un& where) {
  const auto error = errno;
  const auto caller = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto is_refused = ::connect(caller, reinterpret_cast<const sockaddr*>(&where), sizeof where)
                            != 0
                          && errno == ECONNREFUSED;
  ::close(caller);
  errno = error;
  return is_refused;
}

} // namespace

listener::listener(listener&& other) noexcept
  : descriptor_{std::exchange(other.descriptor_, -1)}, path_{std::exchange(other.path_, {})} {}

listener& listener::operator=(listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

listener::~listener() {
  close();
}

void listener::close() noexcept {
  if (descriptor_ < 0)
    return;
  ::close(std::exchange(descriptor_, -1));
  if (!path_.empty())
    ::unlink(path_.c_str());
}

listener listener::tcp(const std::string& address, std::uint16_t port, bool is_first,
                       const settings& s, std::string& error) {
  tcp_address where;
  if (!parse(address, port, where)) {
    error = "'" + address + "' is no IPv4 or IPv6 address";
    return {};
  }
  const auto what = "can't listen on " + address + " port " + std::to_string(port);
  if (is_first && port != 0)
    if (const auto reason = probe(where)) {
      error = sentence(what, reason);
      return {};
    }
  listener made{::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (made.is_open()) {
    set(made.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
    set(made.descriptor_, SOL_SOCKET, SO_REUSEPORT, 1);
    if (where.storage.ss_family == AF_INET6)
      set(made.descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_tcp_options(made.descriptor_, s);
    if (::bind(made.descriptor_, reinterpret_cast<const sockaddr*>(&where.storage), where.size) == 0
        && ::listen(made.descriptor_, backlog) == 0)
      return made;
  }
  error = sentence(what, errno);
  return {};
}

listener listener::unix_path(const std::string& path, const settings& s, std::string& error) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path) {
    error = "the path of a Unix socket has at most " + std::to_string(sizeof where.sun_path - 1)
            + " octets";
    return {};
  }
  std::memcpy(where.sun_path, path.c_str(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  listener made{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made.is_open()) {
    error = sentence("can't make a Unix socket", errno);
    return {};
  }
  set_buffers(made.descriptor_, s);
  auto bound = ::bind(made.descriptor_, generic, sizeof where);
  if (bound != 0 && errno == EADDRINUSE && is_abandoned(where)) {
    ::unlink(path.c_str());
    bound = ::bind(made.descriptor_, generic, sizeof where);
  }
  if (bound != 0) {
    error = sentence("can't listen on " + path, errno);
    return {};
  }
  made.path_ = path;
  if (::listen(made.descriptor_, backlog) == 0)
    return made;
  error = sentence("can't listen on " + path, errno);
  return {};
}

listener listener::duplicate(std::string& error) const {
  listener copy{::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0)};
  if (!copy.is_open())
    error = sentence("can't duplicate a listening socket", errno);
  return copy;
}

std::uint16_t listener::port() const noexcept {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return 0;
  if (bound.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
  if (bound.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port);
  return 0;
}

} // namespace sluice

#include "sluice/actors/net/listener.hpp"

#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/net/socket_transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice {

namespace {

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

void set_options(int descriptor, int family, const settings& s) noexcept {
  if (family == AF_UNIX)
    set_buffers(descriptor, s);
  else
    set_tcp_options(descriptor, s);
}

/// An option of a socket that is a number; nothing if the descriptor is no socket.
std::optional<int> option_of(int descriptor, int name) noexcept {
  auto value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) != 0)
    return std::nullopt;
  return value;
}

bool is_served(int family) noexcept {
  switch (family) {
    case AF_INET:
    case AF_INET6:
    case AF_UNIX: return true;
    default: return false;
  }
}

struct bound_address {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  explicit bound_address(int descriptor) noexcept {
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
      storage.ss_family = AF_UNSPEC;
  }
  [[nodiscard]] const auto& four() const { return reinterpret_cast<const sockaddr_in&>(storage); }
  [[nodiscard]] const auto& six() const { return reinterpret_cast<const sockaddr_in6&>(storage); }

  [[nodiscard]] std::uint16_t port() const noexcept {
    switch (storage.ss_family) {
      case AF_INET: return ntohs(four().sin_port);
      case AF_INET6: return ntohs(six().sin6_port);
      default: return 0;
    }
  }

  /// An abstract Unix address begins with NUL: it is shown as @.
  [[nodiscard]] std::string path() const {
    const auto& address = reinterpret_cast<const sockaddr_un&>(storage);
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    if (length > 0 && address.sun_path[0] == '\0')
      return '@' + std::string{address.sun_path + 1, length - 1};
    return {address.sun_path, ::strnlen(address.sun_path, length)};
  }
};

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
  struct stat found {};
  // Something else refuses a connection too, and is not ours to remove.
  if (::lstat(where.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) {
    errno = error;
    return false;
  }
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
  : descriptor_{std::exchange(other.descriptor_, -1)},
    path_{std::exchange(other.path_, {})},
    is_given_{other.is_given_} {}

listener& listener::operator=(listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(is_given_, other.is_given_);
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

void listener::turn_off() const noexcept {
  if (option_of(descriptor_, SO_DOMAIN) == AF_UNIX)
    ::shutdown(descriptor_, SHUT_RD);
  else // To do the same on TCP would reset who waits. To an interface that is none nobody comes.
    set(descriptor_, SOL_SOCKET, SO_BINDTOIFINDEX, std::numeric_limits<int>::max());
}

listener listener::tcp(const std::string& address, std::uint16_t port, bool is_first,
                       const settings& s) {
  tcp_address where;
  if (!parse(address, port, where))
    throw std::runtime_error{"'" + address + "' is no IPv4 or IPv6 address"};
  const auto what = "can't listen on " + address + " port " + std::to_string(port);
  if (is_first && port != 0)
    if (const auto reason = probe(where))
      throw std::system_error{reason, std::generic_category(), what};
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
  throw std::system_error{errno, std::generic_category(), what};
}

listener listener::unix_path(const std::string& path, const settings& s, unsigned mode) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path)
    throw std::runtime_error{"the path of a Unix socket has at most "
                             + std::to_string(sizeof where.sun_path - 1) + " octets"};
  std::memcpy(where.sun_path, path.c_str(), path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  listener made{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made.is_open())
    throw std::system_error{errno, std::generic_category(), "can't make a Unix socket"};
  set_buffers(made.descriptor_, s);
  if (mode != 0) // of the socket: the path never allows more, not even for a moment
    ::fchmod(made.descriptor_, mode);
  auto bound = ::bind(made.descriptor_, generic, sizeof where);
  if (bound != 0 && errno == EADDRINUSE && is_abandoned(where)) {
    ::unlink(path.c_str());
    bound = ::bind(made.descriptor_, generic, sizeof where);
  }
  if (bound == 0) {
    made.path_ = path;
    if (mode != 0) // what the umask has taken
      ::chmod(path.c_str(), mode);
    if (::listen(made.descriptor_, backlog) == 0)
      return made;
  }
  throw std::system_error{errno, std::generic_category(), "can't listen on " + path};
}

listener listener::given(int descriptor, const settings& s) {
  const auto family = option_of(descriptor, SO_DOMAIN);
  if (!family || !is_served(*family) || option_of(descriptor, SO_TYPE) != SOCK_STREAM
      || option_of(descriptor, SO_ACCEPTCONN) != 1)
    throw std::runtime_error{"descriptor " + std::to_string(descriptor)
                             + " is no listening TCP or Unix socket"};
  listener made{descriptor};
  made.is_given_ = true;
  const auto flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0
      || ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(),
                            "can't use descriptor " + std::to_string(descriptor)};
  set_options(descriptor, *family, s);
  return made;
}

std::unique_ptr<transport> listener::stream_of(int connection) const {
  return std::make_unique<socket_transport>(connection);
}

void listener::prepare(int connection, const settings& s) const noexcept {
  if (is_given_)
    set_options(connection, option_of(connection, SO_DOMAIN).value_or(AF_UNIX), s);
}

listener listener::duplicate() const {
  listener copy{::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0)};
  if (!copy.is_open())
    throw std::system_error{errno, std::generic_category(), "can't duplicate a listening socket"};
  copy.is_given_ = is_given_;
  return copy;
}

std::uint16_t listener::port() const noexcept {
  return bound_address{descriptor_}.port();
}

std::string listener::url() const {
  const bound_address bound{descriptor_};
  std::array<char, INET6_ADDRSTRLEN> text{};
  switch (bound.storage.ss_family) {
    case AF_INET:
      ::inet_ntop(AF_INET, &bound.four().sin_addr, text.data(), text.size());
      return std::string{"http://"} + text.data() + ':' + std::to_string(bound.port());
    case AF_INET6:
      ::inet_ntop(AF_INET6, &bound.six().sin6_addr, text.data(), text.size());
      return std::string{"http://["} + text.data() + "]:" + std::to_string(bound.port());
    default: return "unix:" + bound.path();
  }
}

} // namespace sluice

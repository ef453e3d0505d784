#include "tests/support/raw_client.hpp"

#include "tests/support/patience.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice::testing {

namespace {

template <class Address>
void connect_to(int descriptor, const Address& where) {
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0)
    return;
  const auto error = errno;
  ::close(descriptor);
  throw std::system_error{error, std::generic_category(), "the test client can't connect"};
}

} // namespace

raw_client::raw_client(std::uint16_t port, int send_buffer, int receive_buffer)
  : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  if (send_buffer > 0)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  if (receive_buffer > 0)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1; // what is sent in pieces is to arrive in pieces
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect_to(descriptor_, where);
}

raw_client::raw_client(const std::string& unix_path)
  : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  unix_path.copy(where.sun_path, sizeof where.sun_path - 1);
  connect_to(descriptor_, where);
}

raw_client::~raw_client() {
  close();
}

void raw_client::send(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == ECONNRESET)
      was_reset_ = true; // told once: no receive will
    if (sent <= 0)
      return; // the server has closed: what it said is still to be received
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t raw_client::send_until_blocked(std::string_view piece, std::size_t most, int quiet_ms) {
  std::size_t total = 0;
  auto rest = piece; // of the one under way: the kernel may take a part of it
  while (total < most) {
    const auto sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      total += static_cast<std::size_t>(sent);
      rest.remove_prefix(static_cast<std::size_t>(sent));
      if (rest.empty())
        rest = piece;
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK)
      break;
    pollfd wanted{descriptor_, POLLOUT, 0};
    if (::poll(&wanted, 1, quiet_ms) <= 0)
      break;
  }
  return total;
}

bool raw_client::is_readable(int ms) const {
  if (!buffer_.empty())
    return true;
  pollfd wanted{descriptor_, POLLIN, 0};
  return ::poll(&wanted, 1, ms) > 0;
}

bool raw_client::fill() {
  pollfd wanted{descriptor_, POLLIN, 0};
  if (::poll(&wanted, 1, patience_ms) <= 0)
    return false;
  std::array<char, 65536> piece{};
  const auto got = ::recv(descriptor_, piece.data(), piece.size(), 0);
  if (got < 0 && errno == ECONNRESET)
    was_reset_ = true;
  if (got <= 0) {
    // A reset behind the end of the stream is no error of receiving.
    pollfd state{descriptor_, 0, 0};
    if (::poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0)
      was_reset_ = true;
    return false;
  }
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

std::string raw_client::receive_until(std::string_view end) {
  for (;;) {
    const auto found = buffer_.find(end);
    if (found != std::string::npos) {
      auto result = buffer_.substr(0, found + end.size());
      buffer_.erase(0, result.size());
      return result;
    }
    if (!fill())
      return std::exchange(buffer_, {});
  }
}

std::string raw_client::receive_some() {
  if (buffer_.empty())
    fill();
  return std::exchange(buffer_, {});
}

std::string raw_client::receive(std::size_t count) {
  while (buffer_.size() < count && fill()) {}
  auto result = buffer_.substr(0, count);
  buffer_.erase(0, result.size());
  return result;
}

std::string raw_client::receive_response() {
  auto result = receive_until("\r\n\r\n");
  constexpr std::string_view name = "Content-Length: ";
  const auto found = result.find(name);
  if (found != std::string::npos)
    result += receive(std::strtoul(result.c_str() + found + name.size(), nullptr, 10));
  return result;
}

std::string raw_client::receive_all() {
  while (fill()) {}
  return std::exchange(buffer_, {});
}

void raw_client::shutdown_write() {
  ::shutdown(descriptor_, SHUT_WR);
}

void raw_client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void raw_client::close() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
  descriptor_ = -1;
}

} // namespace sluice::testing

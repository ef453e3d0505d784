#include "sluice/actors/net/transport.hpp"

#include "sluice/actors/loop/event_loop.hpp"

#include <cerrno>

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice {

namespace {

transport::result result_of(ssize_t count) noexcept {
  if (count >= 0)
    return {static_cast<std::size_t>(count), false, {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return {};
  return {0, false, {errno, std::generic_category()}};
}

} // namespace

std::error_code socket_transport::watch(event_loop& loop, io_handler& handler) {
  // One registration for life. RDHUP is seen once, with reading on or off (S39).
  return loop.watch(descriptor_, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, handler);
}

void socket_transport::unwatch(event_loop& loop, io_handler& handler) noexcept {
  loop.unwatch(descriptor_, handler);
}

transport::result socket_transport::read(std::span<std::byte> buffer) noexcept {
  const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  auto outcome = result_of(count);
  outcome.is_end = count == 0 && !buffer.empty();
  return outcome;
}

transport::result socket_transport::write(std::span<const iovec> vectors) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(vectors.data());
  message.msg_iovlen = vectors.size();
  return result_of(::sendmsg(descriptor_, &message, MSG_NOSIGNAL));
}

std::size_t socket_transport::readable() const noexcept {
  int count = 0;
  return ::ioctl(descriptor_, FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

transport::result socket_transport::peek(std::span<std::byte> buffer) const noexcept {
  return result_of(::recv(descriptor_, buffer.data(), buffer.size(), MSG_PEEK));
}

std::error_code socket_transport::take_error() noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    error = errno;
  return {error, std::generic_category()};
}

void socket_transport::shutdown_write() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

void socket_transport::close() noexcept {
  if (descriptor_ >= 0)
    ::close(descriptor_);
  descriptor_ = -1;
}

void socket_transport::abort() noexcept {
  if (descriptor_ < 0)
    return;
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

} // namespace sluice

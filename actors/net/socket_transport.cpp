#include "sluice/actors/net/socket_transport.hpp"

#include "sluice/actors/loop/event_loop.hpp"

#include <algorithm>
#include <cerrno>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice {

namespace {

/// What the kernel's `count` means where `asked` octets were asked for: with fewer it has none, or
/// no room, for now.
transport::result result_of(ssize_t count, std::size_t asked) noexcept {
  if (count >= 0) {
    const auto octets = static_cast<std::size_t>(count);
    return {octets, octets < asked ? transport::next::dry : transport::next::more};
  }
  if (errno == EINTR)
    return {0, transport::next::more};
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    return {};
  return {0, transport::next::failed, errno};
}

} // namespace

int socket_transport::watch(event_loop& loop, io_handler& handler) {
  return loop.watch(descriptor_, interest::stream, handler).value(); // one registration for life
}

void socket_transport::unwatch(event_loop& loop, io_handler& handler) noexcept {
  loop.unwatch(descriptor_, handler);
}

transport::result socket_transport::read(std::span<std::byte> buffer) noexcept {
  const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count == 0 && !buffer.empty())
    return {0, next::end};
  return result_of(count, buffer.size());
}

transport::result socket_transport::write(std::span<const iovec> vectors) noexcept {
  std::size_t offered = 0;
  for (const auto& vector : vectors)
    offered += vector.iov_len;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(vectors.data());
  message.msg_iovlen = vectors.size();
  return result_of(::sendmsg(descriptor_, &message, MSG_NOSIGNAL), offered);
}

std::size_t socket_transport::readable() const noexcept {
  int count = 0;
  return ::ioctl(descriptor_, FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

transport::kernel_octets socket_transport::in_kernel() const noexcept {
  int unsent = 0;
  if (::ioctl(descriptor_, SIOCOUTQ, &unsent) != 0)
    unsent = 0;
  return {readable(), static_cast<std::size_t>(unsent)};
}

known socket_transport::can_bring(std::size_t octets) const noexcept {
  return readable() >= octets ? known::yes : known::no;
}

std::vector<std::byte> socket_transport::look(std::size_t most) const {
  std::vector<std::byte> copy(std::min(most, readable()));
  const auto count = ::recv(descriptor_, copy.data(), copy.size(), MSG_PEEK);
  copy.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return copy;
}

int socket_transport::take_error() noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

transport::next socket_transport::shutdown_write() noexcept {
  ::shutdown(descriptor_, SHUT_WR);
  return next::more;
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

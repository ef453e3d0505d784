#include "bench/load/client.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

// What a client sends in a row before others have their turn.
constexpr int sends_in_a_row = 8;

} // namespace

client::client(poller& events, measurement& result) noexcept
  : events_{events}, result_{result}, read_limit_{events.buffer().size()} {}

client::~client() {
  close();
}

void client::open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0)
    throw std::system_error{errno, std::generic_category(), "socket"};
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(result_.wishes().port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
      && errno != EINPROGRESS)
    return fail("connect");
  watched_ = EPOLLIN;
  events_.add(socket_, watched_, *this);
  on_open();
}

void client::close() noexcept {
  unsent_ = {};
  if (socket_ >= 0)
    ::close(std::exchange(socket_, -1));
}

void client::reset() noexcept {
  if (socket_ < 0)
    return;
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void client::fail(std::string_view why) {
  result_.fail(why);
  reset();
}

void client::on_end() {
  result_.fail("the server ended the connection");
}

void client::on_events(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && read_limit_ == 0)
    return end();
  if ((events & EPOLLOUT) != 0)
    flush();
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && is_open() && read_limit_ > 0)
    receive();
}

void client::send(std::string_view octets) {
  unsent_ = octets;
  if (!is_flushing_)
    flush();
}

void client::flush() {
  is_flushing_ = true;
  for (int i = 0; i < sends_in_a_row && !unsent_.empty(); ++i) {
    const auto sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN)
        break;
      is_flushing_ = false;
      return end();
    }
    unsent_.remove_prefix(static_cast<std::size_t>(sent));
    on_sending(static_cast<std::size_t>(sent));
    if (unsent_.empty())
      on_sent();
  }
  is_flushing_ = false;
  watch();
}

void client::receive() {
  auto& buffer = events_.buffer();
  const auto size = recv(socket_, buffer.data(), std::min(read_limit_, buffer.size()), 0);
  if (size > 0)
    on_octets({buffer.data(), static_cast<std::size_t>(size)});
  else if (size == 0 || errno != EAGAIN)
    end();
}

void client::limit_reads(std::size_t most) {
  read_limit_ = most;
  watch();
}

void client::watch() {
  const auto wanted = (read_limit_ > 0 ? EPOLLIN : 0u) | (unsent_.empty() ? 0u : EPOLLOUT);
  if (is_open() && wanted != watched_) {
    watched_ = wanted;
    events_.change(socket_, watched_, *this);
  }
}

void client::end() {
  reset();
  on_end();
}

} // namespace bench

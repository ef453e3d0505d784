// The floor: the least that any server on epoll can do. It parses as little as the load generator
// lets it get away with, answers what is fixed, and refuses nothing. No server to use.

#include "bench/peers/floor/connection.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using bench::connection;
using bench::steady;

int listen_on(std::uint16_t port) {
  const auto listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto is_bound = bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  return is_bound && listen(listener, 4096) == 0 ? listener : -1;
}

void accept_all(int listener, int set) {
  while (true) {
    const auto socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (socket < 0)
      return;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = new connection{set, socket}; // deletes itself: see on_events
    epoll_ctl(set, EPOLL_CTL_ADD, socket, &event);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const auto listener = listen_on(static_cast<std::uint16_t>(std::stoi(argv[1])));
  const auto set = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  if (listener < 0 || epoll_ctl(set, EPOLL_CTL_ADD, listener, &event) != 0)
    return 1;

  std::array<epoll_event, 512> events{};
  while (true) {
    const auto most = connection::resume_due(steady::now());
    const auto count = epoll_wait(set, events.data(), static_cast<int>(events.size()), most);
    for (int i = 0; i < count; ++i) {
      auto* const one = static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (one == nullptr)
        accept_all(listener, set);
      else if (!one->on_events(events[static_cast<std::size_t>(i)].events))
        delete one;
    }
  }
}

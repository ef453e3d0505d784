#include "bench/load/poller.hpp"

#include "bench/load/client.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace bench {
namespace {

void control(int set, int operation, int socket, std::uint32_t events, client& owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &owner;
  if (epoll_ctl(set, operation, socket, &event) != 0)
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
}

} // namespace

poller::poller() : descriptor_{epoll_create1(EPOLL_CLOEXEC)} {
  if (descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "epoll_create1"};
}

poller::~poller() {
  ::close(descriptor_);
}

void poller::add(int socket, std::uint32_t events, client& owner) {
  control(descriptor_, EPOLL_CTL_ADD, socket, events, owner);
}

void poller::change(int socket, std::uint32_t events, client& owner) {
  control(descriptor_, EPOLL_CTL_MOD, socket, events, owner);
}

void poller::wait(std::chrono::milliseconds most) {
  const auto count = epoll_wait(descriptor_, events_.data(), static_cast<int>(events_.size()),
                                static_cast<int>(most.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    static_cast<client*>(event.data.ptr)->on_events(event.events);
  }
}

} // namespace bench

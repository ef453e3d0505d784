#include "sluice/actors/loop/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice {

namespace {

std::error_code last_error() noexcept {
  return {errno, std::generic_category()};
}

std::uint32_t events_of(interest what) noexcept {
  switch (what) {
    // RDHUP is seen once, with reading on or off (S39).
    case interest::stream: return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    case interest::shared_input: return EPOLLIN | EPOLLEXCLUSIVE;
    default: return EPOLLIN;
  }
}

readiness readiness_of(std::uint32_t events) noexcept {
  auto all = readiness::none;
  if ((events & EPOLLIN) != 0)
    all |= readiness::readable;
  if ((events & EPOLLOUT) != 0)
    all |= readiness::writable;
  if ((events & EPOLLRDHUP) != 0)
    all |= readiness::peer_shut;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    all |= readiness::hung_up;
  return all;
}

} // namespace

std::unique_ptr<poller> poller::make() {
  auto made = std::unique_ptr<poller>{new poller};
  made->epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  made->wake_up_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event input{};
  input.events = EPOLLIN;
  input.data.ptr = made.get(); // stands for the eventfd
  if (made->epoll_ < 0 || made->wake_up_ < 0
      || ::epoll_ctl(made->epoll_, EPOLL_CTL_ADD, made->wake_up_, &input) != 0)
    throw std::system_error{last_error(), "can't make an event loop"};
  return made;
}

poller::~poller() {
  if (wake_up_ >= 0)
    ::close(wake_up_);
  if (epoll_ >= 0)
    ::close(epoll_);
}

std::error_code poller::watch(int descriptor, interest what, io_handler& handler) {
  epoll_event wish{};
  wish.events = events_of(what);
  wish.data.ptr = &handler;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &wish) != 0)
    return last_error();
  return {};
}

void poller::unwatch(int descriptor, io_handler& handler) noexcept {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  // What was told is behind: another handler that comes to this address has no event here yet.
  for (auto& event : std::span{ready_}.first(count_))
    if (event.data.ptr == &handler)
      event.data.ptr = nullptr;
}

void poller::wait(int milliseconds) noexcept {
  const auto count = ::epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()),
                                  milliseconds);
  count_ = static_cast<std::size_t>(std::max(count, 0));
}

std::size_t poller::tell() {
  for (auto& event : std::span{ready_}.first(count_)) {
    auto* const whom = event.data.ptr;
    event.data.ptr = nullptr;
    if (whom == this) {
      std::uint64_t value = 0;
      [[maybe_unused]] const auto read = ::read(wake_up_, &value, sizeof value);
      // A thread that finds it still set has queued before what it wakes us for.
      is_woken_.exchange(false, std::memory_order_acq_rel);
    } else if (whom != nullptr) {
      static_cast<io_handler*>(whom)->on_ready(readiness_of(event.events));
    }
  }
  return std::exchange(count_, 0);
}

void poller::wake() noexcept {
  if (is_woken_.exchange(true, std::memory_order_acq_rel))
    return;
  const std::uint64_t one = 1;
  // Only a full counter can fail here, and then it is awake anyway.
  [[maybe_unused]] const auto written = ::write(wake_up_, &one, sizeof one);
}

} // namespace sluice

#include "sluice/actors/loop/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
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

poller::poller() {
  dropped_.reserve(ready_.size()); // `unwatch` must not fail
}

std::unique_ptr<poller> poller::make() {
  auto made = std::unique_ptr<poller>{new poller};
  made->epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  made->wake_up_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event input{};
  input.events = EPOLLIN;
  input.data.ptr = nullptr; // stands for the eventfd
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
  // A new handler may reuse the address of one dropped earlier in this round; none of its events is
  // fetched yet.
  return {};
}

void poller::unwatch(int descriptor, io_handler& handler) noexcept {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  if (is_telling_)
    dropped_.push_back(&handler);
}

void poller::wait(int milliseconds) noexcept {
  const auto count = ::epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()),
                                  milliseconds);
  count_ = static_cast<std::size_t>(std::max(count, 0));
}

std::size_t poller::tell() {
  is_telling_ = true;
  for (std::size_t i = 0; i < count_; ++i) {
    auto* handler = static_cast<io_handler*>(ready_[i].data.ptr);
    if (handler == nullptr) {
      std::uint64_t value = 0;
      [[maybe_unused]] const auto read = ::read(wake_up_, &value, sizeof value);
      // Whoever finds it still set has queued what he woke us for before.
      is_woken_.exchange(false, std::memory_order_acq_rel);
      continue;
    }
    if (std::find(dropped_.begin(), dropped_.end(), handler) == dropped_.end())
      handler->on_ready(readiness_of(ready_[i].events));
  }
  is_telling_ = false;
  dropped_.clear();
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

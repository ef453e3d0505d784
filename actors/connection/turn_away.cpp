#include "sluice/actors/connection/turn_away.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/net/socket_transport.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr std::string_view answer = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                                    "Retry-After: 1\r\nContent-Length: 0\r\n\r\n";
constexpr int guest_buffer = 4096;
constexpr int reads_per_turn = 4;
constexpr int reads_at_once = 16;

} // namespace

/// Has been answered; what it sends is discarded until it ends, or its time does.
class turn_away::guest final : public io_handler, private timer {
public:
  guest(turn_away& host, int descriptor)
    : host_{host}, descriptor_{descriptor}, socket_{descriptor} {}
  ~guest() override {
    host_.context_.loop.timers().disarm(*this);
    if (is_watched_)
      host_.context_.loop.unwatch(descriptor_, *this);
  }

  [[nodiscard]] bool open() {
    auto& context = host_.context_;
    const auto patience = context.limits.linger_deadline;
    if (patience > duration::zero())
      context.loop.timers().arm(*this, context.loop.now() + patience);
    // Not edge-triggered: what one turn leaves the next one discards (S52).
    is_watched_ = !context.loop.watch(descriptor_, interest::input, *this);
    return is_watched_;
  }

  void on_ready(readiness what) override {
    auto is_over = has(what, readiness::hung_up);
    for (auto i = 0; i < reads_per_turn && !is_over; ++i) {
      const auto result = socket_.read(host_.context_.loop.read_buffer());
      discarded_ += result.octets;
      if (result.octets == 0 && result.then == transport::next::dry)
        return;
      is_over = result.then == transport::next::end || result.then == transport::next::failed
                || discarded_ > host_.context_.limits.linger_content;
    }
    if (is_over)
      host_.forget(*this);
  }

private:
  void on_due(time_point) override { host_.forget(*this); }

  turn_away& host_;
  const int descriptor_; ///< socket_ owns it
  socket_transport socket_;
  bool is_watched_ = false;
  std::uint64_t discarded_ = 0;
};

turn_away::turn_away(loop_context& context) noexcept : context_{context} {}

turn_away::~turn_away() = default;

void turn_away::refuse(int descriptor) {
  if (guests_.size() >= most_guests)
    return refuse_at_once(descriptor);
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &guest_buffer, sizeof guest_buffer);
  [[maybe_unused]] const auto sent = ::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  try {
    guests_.emplace_back(*this, descriptor);
  } catch (const std::bad_alloc&) { // it is told, and not heard out
    ::close(descriptor);
    return;
  }
  if (!guests_.back().open()) // the same
    guests_.pop_back();
}

void turn_away::refuse_at_once(int descriptor) noexcept {
  [[maybe_unused]] const auto sent = ::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  // With octets unread close would send a reset. What is there is read, once.
  std::array<std::byte, guest_buffer> unread;
  for (auto i = 0; i < reads_at_once; ++i)
    if (::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT) <= 0)
      break;
  ::close(descriptor);
}

void turn_away::close_all() noexcept {
  guests_.clear();
}

void turn_away::forget(guest& which) noexcept {
  guests_.remove_if([&](const guest& one) { return &one == &which; });
}

} // namespace sluice

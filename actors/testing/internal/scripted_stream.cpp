#include "sluice/actors/testing/internal/scripted_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::testing {

namespace {

transport::result failure(int error) noexcept {
  return {0, transport::next::failed, error};
}

} // namespace

// -- the client's side ---------------------------------------------------------

void scripted_stream::send(std::string_view octets) {
  if (client_ != side::there || error_ != 0)
    return;
  waiting_ += octets;
  arrive();
}

void scripted_stream::shutdown_write() {
  if (client_ == side::there)
    client_ = side::shut;
  arrive();
}

void scripted_stream::close() {
  if (!in_flight_.empty())
    return reset();
  if (client_ != side::vanished)
    client_ = side::closed;
  arrive();
}

void scripted_stream::reset() {
  if (client_ != side::vanished)
    break_off(ECONNRESET);
}

void scripted_stream::time_out() {
  break_off(ETIMEDOUT);
}

void scripted_stream::read_on() {
  is_reading_ = true;
  take(std::exchange(in_flight_, {}));
  seen_.in_flight = 0;
  if (std::exchange(is_starved_, false))
    ready_ |= readiness::writable;
}

// Octets cross as far as there is room, and the FIN behind the last of them.
void scripted_stream::arrive() {
  if (client_ == side::vanished || error_ != 0)
    return;
  const auto count = std::min(waiting_.size(), room - std::min(room, arrived_.size()));
  arrived_.append(waiting_, 0, count);
  waiting_.erase(0, count);
  if (count > 0)
    ready_ |= readiness::readable;
  if (waiting_.empty() && client_ != side::there && !std::exchange(end_arrived_, true))
    ready_ |= readiness::readable | readiness::peer_shut;
  seen_.unsent = waiting_.size();
  seen_.is_blocked = !waiting_.empty();
}

void scripted_stream::take(std::string_view octets) {
  seen_.received += octets;
}

void scripted_stream::break_off(int error) {
  error_ = error;
  is_told_ = false;
  arrived_.clear(); // a reset destroys what was not read
  ready_ |= readiness::readable | readiness::writable | readiness::peer_shut | readiness::hung_up;
}

// -- the server's side ---------------------------------------------------------

void scripted_stream::watch(io_handler& handler) noexcept {
  handler_ = &handler;
  ready_ |= readiness::writable;
}

transport::result scripted_stream::read(std::span<std::byte> buffer) noexcept {
  if (error_ != 0)
    return failure(error_);
  const auto count = std::min(buffer.size(), arrived_.size());
  if (count == 0)
    return {0, end_arrived_ ? transport::next::end : transport::next::dry};
  std::memcpy(buffer.data(), arrived_.data(), count);
  arrived_.erase(0, count);
  arrive();
  return {count, count < buffer.size() ? transport::next::dry : transport::next::more};
}

transport::result scripted_stream::write(std::span<const iovec> vectors) noexcept {
  if (error_ != 0)
    return failure(error_ == ECONNRESET ? EPIPE : error_);
  std::size_t total = 0;
  const auto is_first = seen_.first_write.empty();
  for (const auto& vector : vectors) {
    const std::string_view octets{static_cast<const char*>(vector.iov_base), vector.iov_len};
    if (is_first)
      seen_.first_write += octets;
    const auto does_read = is_reading_ && (client_ == side::there || client_ == side::shut);
    const auto count = does_read ? octets.size()
                                 : std::min(octets.size(), room - in_flight_.size());
    if (does_read)
      take(octets);
    else
      in_flight_.append(octets, 0, count);
    seen_.in_flight = in_flight_.size();
    total += count;
    if (count < octets.size()) {
      is_starved_ = true;
      break;
    }
  }
  // They reach a host that knows of no such connection any more.
  if (client_ == side::closed && total > 0)
    break_off(ECONNRESET);
  return {total, is_starved_ ? transport::next::dry : transport::next::more};
}

std::vector<std::byte> scripted_stream::look(std::size_t most) const {
  const auto count = std::min(most, arrived_.size());
  const auto shown = as_octets(std::string_view{arrived_}).first(count);
  peeked_ += count;
  return {shown.begin(), shown.end()};
}

int scripted_stream::take_error() noexcept {
  return std::exchange(is_told_, true) ? 0 : error_;
}

void scripted_stream::end(bool abruptly) noexcept {
  // Closing with octets unread resets, as TCP does.
  (abruptly || !arrived_.empty() ? seen_.saw_reset : seen_.saw_end) = true;
}

bool scripted_stream::tell() {
  if (handler_ == nullptr || ready_ == readiness::none)
    return false;
  handler_->on_ready(std::exchange(ready_, readiness::none));
  return true;
}

} // namespace sluice::testing

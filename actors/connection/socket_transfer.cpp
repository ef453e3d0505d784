// The octets' way through a socket_actor: from the socket to the conversation, and from the output
// queue to the socket.

#include "sluice/actors/connection/socket_actor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace sluice {

namespace {

/// Reads from one peer between two looks at the others (S52).
constexpr int reads_per_turn = 4;
constexpr std::size_t vectors_per_write = 16;

} // namespace

cancel_reason socket_actor::reason_of(const std::error_code& error) noexcept {
  switch (error.value()) {
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: return cancel_reason::peer_vanished;
    default: return cancel_reason::peer_reset;
  }
}

// -- reading ----------------------------------------------------------------------

std::size_t socket_actor::feedable() const {
  if (!readable_ && kept_.empty())
    return 0;
  if (phase_ == phase::open)
    return conversation_->appetite();
  return readable_ && (phase_ == phase::finishing || phase_ == phase::lingering)
           ? context_.limits.chunk_size // to be discarded
           : 0;
}

void socket_actor::pump() {
  for (auto reads = 0; reads < reads_per_turn; ++reads) {
    const auto most = feedable();
    if (most == 0)
      break;
    if (phase_ != phase::open)
      discard_input();
    else if (!kept_.empty())
      feed_kept(); // no readiness event will come for these (S7)
    else
      feed_from_socket(most);
  }
  if (peer_shut_)
    look_for_truncation();
}

void socket_actor::feed_kept() {
  // Taken out for the call: what is consumed may end the conversation, and with it what is kept.
  auto kept = std::exchange(kept_, {});
  const auto offset = std::exchange(kept_offset_, 0);
  const auto used = feed(octet_view{kept}.subspan(offset));
  if (phase_ != phase::open)
    return;
  if (offset + used < kept.size()) {
    kept_ = std::move(kept);
    kept_offset_ = offset + used;
  }
  conversation_->after_input();
}

void socket_actor::feed_from_socket(std::size_t appetite) {
  auto buffer = conversation_->landing(appetite);
  if (buffer.empty())
    buffer = context_.loop.read_buffer();
  buffer = buffer.first(std::min(appetite, buffer.size()));
  const auto result = transport_->read(buffer);
  if (result.error)
    return leave(reason_of(result.error), true);
  if (result.is_end) {
    readable_ = false;
    end_seen_ = true;
    return conversation_->on_end_of_stream();
  }
  // Less than asked for: the kernel has no more now, and says so when that changes. An end of
  // stream is no octet.
  if (result.octets < buffer.size() && !peer_shut_)
    readable_ = false;
  if (result.octets == 0) {
    readable_ = false;
    return conversation_->after_input();
  }
  const auto input = octet_view{buffer}.first(result.octets);
  const auto used = feed(input);
  if (phase_ != phase::open)
    return;
  kept_.assign(input.begin() + static_cast<std::ptrdiff_t>(used), input.end());
  conversation_->after_input();
}

std::size_t socket_actor::feed(octet_view input) {
  auto used = conversation_->consume(input);
  if (phase_ != phase::open)
    return input.size();
  if (auto successor = conversation_->take_successor()) {
    switch_account(std::nullopt); // what HTTP waited for is over
    conversation_ = std::move(successor);
    used += conversation_->consume(input.subspan(used));
  }
  return used;
}

void socket_actor::discard_input() {
  const auto result = transport_->read(context_.loop.read_buffer());
  discarded_ += result.octets;
  if (result.error || result.is_end || discarded_ > context_.limits.linger_content) {
    end_seen_ = true;
    readable_ = false;
    // With our last octets still on their way only the end of reading is settled.
    if (phase_ == phase::lingering || result.error)
      leave(cancel_reason::peer_closed, false);
    return;
  }
  if (result.octets == 0)
    readable_ = false;
}

void socket_actor::look_for_truncation() {
  if (truncation_checked_ || phase_ != phase::open || end_seen_ || conversation_->appetite() > 0)
    return;
  truncation_checked_ = true;
  if (conversation_->is_truncated(octet_view{kept_}.subspan(kept_offset_)))
    conversation_->on_truncated();
}

bool socket_actor::has_unread() const noexcept {
  return !kept_.empty() || transport_->readable() > 0;
}

std::vector<std::byte> socket_actor::peek(std::size_t most) const {
  std::vector<std::byte> copy(std::min(most, transport_->readable()));
  copy.resize(transport_->peek(copy).octets);
  return copy;
}

// -- writing ----------------------------------------------------------------------

bool socket_actor::admits(std::size_t octets) const noexcept {
  if (answers_.size() >= most_waiting_sends)
    return false;
  return window_.admits(octets + conversation_->unsent());
}

bool socket_actor::is_flooded() const noexcept {
  constexpr std::size_t largest_control_frame = 2 + 125; // unmasked
  return window_.is_paused()
         || !window_.admits_control(conversation_->unsent() + largest_control_frame);
}

void socket_actor::write(std::string text) {
  holds_output_ = false;
  window_.on_queued(text.size());
  output_.push(std::move(text));
}

void socket_actor::write(octets run) {
  holds_output_ = false;
  window_.on_queued(run.size());
  output_.push(std::move(run));
}

void socket_actor::wrote() {
  holds_output_ = false;
  window_.on_queued(output_.wrote());
}

bool socket_actor::write_control(std::string text) {
  if (!window_.admits_control(conversation_->unsent() + text.size()))
    return false;
  write(std::move(text));
  return true;
}

void socket_actor::flush() {
  if (has_nothing_to_send())
    return;
  while (writable_ && !holds_output_ && (phase_ == phase::open || phase_ == phase::finishing)) {
    conversation_->fill_output();
    if (output_.empty())
      break;
    std::array<iovec, vectors_per_write> vectors; // as many as there are runs get a value
    const auto filled = std::span{vectors}.first(output_.gather(vectors));
    std::size_t offered = 0;
    for (const auto& vector : filled)
      offered += vector.iov_len;
    const auto result = transport_->write(filled);
    if (result.error)
      return leave(reason_of(result.error), true);
    writable_ = result.octets == offered;
    if (result.octets == 0)
      break;
    output_.advance(result.octets);
    window_.on_sent(result.octets);
    write_credit_.on_octets(result.octets);
    note_progress(wait::write);
  }
  if (output_.empty())
    write_credit_.renew();
  release_sent();
  if (phase_ != phase::finishing || !output_.empty() || conversation_->unsent() > 0)
    return;
  if (end_seen_)
    return leave(cancel_reason::peer_closed, false);
  transport_->shutdown_write();
  phase_ = phase::lingering;
  deadlines_.start(wait::linger, context_.loop.now(), context_.limits.linger_deadline);
}

// All of it, and whoever waits for it, was seen to by an earlier call.
bool socket_actor::has_nothing_to_send() const noexcept {
  return phase_ == phase::open && output_.empty() && answers_.empty()
         && held_octets_.load(std::memory_order_relaxed) == 0 && conversation_->unsent() == 0;
}

void socket_actor::release_sent() {
  // Before the answers: who gets one may send again at once, from another thread.
  held_octets_.store(output_.unsent() + conversation_->unsent(), std::memory_order_relaxed);
  while (!answers_.empty() && answers_.front().position <= output_.sent_total()) {
    answer(answers_.front().to);
    answers_.pop_front();
  }
}

} // namespace sluice

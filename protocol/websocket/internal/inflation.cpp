#include "sluice/protocol/websocket/internal/inflation.hpp"

#include "sluice/protocol/errc.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace sluice::websocket::internal {
namespace {

/// The end of an empty block without compression, which senders leave away. RFC 7692 sec. 7.2.2
constexpr std::array tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};

/// A message that inflates to no more than this is none to worry about, whatever its ratio.
constexpr std::uint64_t ratio_floor = 64 * 1024;

// The ratio is judged where the compressed octets reach certain counts, and at the message's end:
// what has been inflated then does not depend on how the input was cut. zlib inflates an octet to
// 1032 at the most, so a bomb comes to 264 KiB before the first count.
constexpr std::uint64_t first_check = 256;
constexpr std::uint64_t check_distance = 4096;

std::uint64_t check_after(std::uint64_t compressed) noexcept {
  return compressed + std::min(compressed, check_distance);
}

} // namespace

inflation::inflation(const deflate_options& terms) noexcept
  : max_ratio_{terms.max_ratio},
    window_bits_{static_cast<std::uint8_t>(terms.client_max_window_bits)},
    keeps_window_{!terms.client_no_context_takeover} {
  assert(window_bits_ >= 8 && window_bits_ <= 15);
}

void inflation::begin_message() {
  if (!zlib_)
    zlib_.emplace(window_bits_);
  else if (!keeps_window_)
    zlib_->restart();
  compressed_ = 0;
  inflated_ = 0;
  next_check_ = first_check;
  tail_used_ = 0;
  has_more_ = false;
  in_message_ = true;
}

inflation::step inflation::run(octet_view masked, masking_key key, std::uint64_t phase,
                               std::span<std::byte> output) {
  std::array<std::byte, check_distance> plain;
  const auto most = std::min<std::uint64_t>(plain.size(), next_check_ - compressed_);
  const auto input = std::span{plain}.first(
    static_cast<std::size_t>(std::min<std::uint64_t>(most, masked.size())));
  unmask(masked.first(input.size()), input.data(), key, phase);
  const auto done = zlib_->run(input, output);
  compressed_ += done.consumed;
  note(done);
  if (done.outcome == inflater::verdict::corrupt)
    return {done.consumed, done.produced, errc::corrupt_deflate};
  if (has_more_ || compressed_ < next_check_)
    return {done.consumed, done.produced, {}};
  next_check_ = check_after(compressed_);
  return {done.consumed, done.produced, judge_ratio()};
}

inflation::step inflation::finish(std::span<std::byte> output) {
  // Without any octet there is nothing that a tail could end: an empty message of a peer whose
  // flush wrote nothing. And a final block has no need of one.
  if (compressed_ == 0 || (tail_used_ == 0 && zlib_->is_after_final_block())) {
    has_more_ = false;
    return {0, 0, judge_ratio()};
  }
  const auto done = zlib_->run(std::span{tail}.subspan(tail_used_), output);
  tail_used_ = static_cast<std::uint8_t>(tail_used_ + done.consumed);
  note(done);
  if (done.outcome == inflater::verdict::corrupt)
    return {0, done.produced, errc::corrupt_deflate};
  if (has_more_)
    return {0, done.produced, {}};
  if (!zlib_->is_at_block_end())
    return {0, done.produced, errc::corrupt_deflate};
  return {0, done.produced, judge_ratio()};
}

void inflation::note(const inflater::step& done) noexcept {
  inflated_ += done.produced;
  has_more_ = done.outcome == inflater::verdict::full;
}

std::error_code inflation::judge_ratio() const noexcept {
  const bool is_bomb = max_ratio_ != 0 && inflated_ > ratio_floor
                       && (inflated_ - 1) / max_ratio_ >= compressed_; // inflated > ratio *
                                                                       // compressed
  return is_bomb ? make_error_code(errc::deflate_ratio) : std::error_code{};
}

void inflation::end_message() noexcept {
  in_message_ = false;
  has_more_ = false;
}

void inflation::rest() noexcept {
  if (!in_message_ && !keeps_window_)
    zlib_.reset();
}

} // namespace sluice::websocket::internal

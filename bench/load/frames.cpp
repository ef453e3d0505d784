#include "bench/load/frames.hpp"

#include <algorithm>
#include <utility>

namespace bench {
namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char control_bit = 0x08;
constexpr unsigned char close_opcode = 0x08;

// Octets of a frame's head without a mask, as the second octet tells.
std::size_t head_octets(unsigned char second) noexcept {
  const auto length = second & 0x7f;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
}

} // namespace

std::string handshake_request(std::string_view target) {
  std::string request = "GET ";
  request += target;
  request += " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  return request;
}

bool accepts_handshake(std::string_view head) {
  return head.starts_with("HTTP/1.1 101 ")
         && head.find(" s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string_view::npos;
}

std::string payload_of(std::size_t size) {
  std::string payload(size, ' ');
  for (std::size_t i = 0; i < size; ++i)
    payload[i] = static_cast<char>('a' + i % 26);
  return payload;
}

std::string masked_frame(std::string_view payload, bool is_text) {
  const auto octet = [](std::size_t value) { return static_cast<char>(value & 0xff); };
  constexpr std::array<unsigned char, 4> mask{0x12, 0x9a, 0x5c, 0xe7};
  const auto size = payload.size();
  std::string frame;
  frame.reserve(size + 14);
  frame += octet(final_bit | (is_text ? 1u : 2u));
  if (size < 126) {
    frame += octet(mask_bit | size);
  } else {
    const auto width = size < 65536 ? 2u : 8u;
    frame += octet(mask_bit | (width == 2 ? 126u : 127u));
    for (auto i = width; i > 0; --i)
      frame += octet(size >> (8 * (i - 1)));
  }
  for (const auto part : mask)
    frame += octet(part);
  for (std::size_t i = 0; i < size; ++i)
    frame += octet(static_cast<unsigned char>(payload[i]) ^ std::size_t{mask[i % 4]});
  return frame;
}

std::size_t frame_scanner::feed(std::string_view octets) noexcept {
  std::size_t at = 0;
  while (at < octets.size() && !has_message_ && !is_broken_) {
    if (!is_in_payload_) {
      head_[head_size_++] = static_cast<unsigned char>(octets[at++]);
      if (head_size_ >= 2 && head_size_ == head_octets(head_[1]))
        begin_frame();
      continue;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, octets.size() - at));
    if ((head_[0] & control_bit) == 0) {
      is_broken_ = offset_ + size > expected_.size()
                   || octets.substr(at, size) != expected_.substr(offset_, size);
      offset_ += size;
    }
    at += size;
    left_ -= size;
    if (left_ == 0)
      end_frame();
  }
  return at;
}

void frame_scanner::begin_frame() noexcept {
  left_ = head_[1] & 0x7f;
  if (head_size_ > 2) {
    left_ = 0;
    for (std::size_t i = 2; i < head_size_; ++i)
      left_ = left_ << 8 | head_[i];
  }
  is_broken_ = (head_[1] & mask_bit) != 0 || (head_[0] & 0x0f) == close_opcode;
  is_in_payload_ = true;
  if (left_ == 0)
    end_frame();
}

void frame_scanner::end_frame() noexcept {
  is_in_payload_ = false;
  head_size_ = 0;
  if ((head_[0] & control_bit) != 0 || (head_[0] & final_bit) == 0)
    return;
  is_broken_ = is_broken_ || offset_ != expected_.size();
  offset_ = 0;
  has_message_ = true;
}

bool frame_scanner::take_message() noexcept {
  return std::exchange(has_message_, false);
}

} // namespace bench

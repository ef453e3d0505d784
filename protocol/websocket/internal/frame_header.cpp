#include "protocol/websocket/internal/frame_header.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::websocket::internal {

bool frame_header::take_from(octet_view& input) noexcept {
  while (size_ < wanted()) {
    if (input.empty())
      return false;
    const auto count = std::min(wanted() - size_, input.size());
    std::memcpy(octets_.data() + size_, input.data(), count);
    size_ = static_cast<std::uint8_t>(size_ + count);
    input = input.subspan(count);
  }
  return true;
}

std::uint64_t frame_header::payload_length() const noexcept {
  const auto size = length_size();
  if (size == 0)
    return at(1) & 0x7fU;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < size; ++i)
    length = length << 8U | at(2 + i);
  return length;
}

bool frame_header::is_length_valid() const noexcept {
  const auto length = payload_length();
  if (is_control())
    return length_size() == 0;
  switch (length_size()) {
    case 0: return true;
    case 2: return length > 125;
    default: return length > 0xffff && length >> 63U == 0;
  }
}

masking_key frame_header::masking_key() const noexcept {
  internal::masking_key key{};
  if (is_masked())
    std::memcpy(key.data(), octets_.data() + 2 + length_size(), key.size());
  return key;
}

std::size_t frame_header::length_size() const noexcept {
  switch (at(1) & 0x7fU) {
    case 126: return 2;
    case 127: return 8;
    default: return 0;
  }
}

std::size_t frame_header::wanted() const noexcept {
  if (size_ < 2)
    return 2;
  return 2 + length_size() + (is_masked() ? 4 : 0);
}

} // namespace sluice::websocket::internal

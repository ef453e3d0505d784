#include "sluice/protocol/websocket/internal/frame_header.hpp"

namespace sluice::websocket::internal {

bool frame_header::gather_from(octet_view& input) noexcept {
  while (size_ < 2 || size_ < size_of(octets_[1])) {
    if (input.empty())
      return false;
    octets_[size_++] = input.front();
    input = input.subspan(1);
  }
  payload_length_ = read_length();
  return true;
}

bool frame_header::is_extended_length_valid() const noexcept {
  return length_size(octets_[1]) == 2 ? payload_length_ > 125
                                      : payload_length_ > 0xffff && payload_length_ >> 63U == 0;
}

} // namespace sluice::websocket::internal

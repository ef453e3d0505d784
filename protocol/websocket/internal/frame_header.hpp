#pragma once

#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/internal/mask.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluice::websocket::internal {

/// RFC 6455 sec. 5.2; the other values are reserved.
enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xa,
};

/// The most payload data that a control frame may have. RFC 6455 sec. 5.5
inline constexpr std::size_t max_control_payload = 125;

/// The header of one frame, 2 to 14 octets, gathered from inputs that may cut it anywhere.
/// It finds where the frame ends and judges no rule but that of the length. Source: RFC 6455
/// sec. 5.2
class frame_header {
public:
  /// In the first octet: with permessage-deflate it says that the message is compressed. RFC 7692
  /// sec. 6
  static constexpr std::byte rsv1_bit{0x40};

  /// Moves what is missing from the front of `input`. @returns whether the header is complete
  [[nodiscard]] bool take_from(octet_view& input) noexcept {
    if (size_ != 0 || input.size() < octets_.size())
      return gather_from(input);
    // The usual case: there is more than any header has.
    std::memcpy(octets_.data(), input.data(), octets_.size());
    size_ = size_of(octets_[1]);
    input = input.subspan(size_);
    payload_length_ = read_length();
    return true;
  }
  /// Makes ready for the next frame.
  void clear() noexcept { size_ = 0; }

  /// The octets of the header, as received.
  [[nodiscard]] octet_view view() const noexcept { return octet_view{octets_}.first(size_); }

  // The rest asks for a complete header.
  [[nodiscard]] bool is_final() const noexcept { return (at(0) & 0x80U) != 0; }
  [[nodiscard]] bool is_rsv1_set() const noexcept {
    return (octets_[0] & rsv1_bit) != std::byte{0};
  }
  [[nodiscard]] bool is_masked() const noexcept { return (at(1) & 0x80U) != 0; }
  [[nodiscard]] bool is_control() const noexcept { return (at(0) & 0x08U) != 0; }
  [[nodiscard]] internal::opcode opcode() const noexcept {
    return static_cast<internal::opcode>(at(0) & 0x0fU);
  }
  [[nodiscard]] std::uint64_t payload_length() const noexcept { return payload_length_; }
  /// Whether the length has its shortest form, fits in 63 bits and, in a control frame, is at most
  /// 125.
  [[nodiscard]] bool is_length_valid() const noexcept {
    return length_size(octets_[1]) == 0 || (!is_control() && is_extended_length_valid());
  }
  [[nodiscard]] internal::masking_key masking_key() const noexcept {
    internal::masking_key key{};
    if (is_masked())
      std::memcpy(key.data(), octets_.data() + size_ - key.size(), key.size());
    return key;
  }

private:
  [[nodiscard]] std::uint8_t at(std::size_t index) const noexcept {
    return std::to_integer<std::uint8_t>(octets_[index]);
  }
  /// Octets of the extended length in a header that has this second octet.
  [[nodiscard]] static std::uint8_t length_size(std::byte second) noexcept {
    const auto length = std::to_integer<unsigned>(second) & 0x7fU;
    return length < 126 ? 0 : (length == 126 ? 2 : 8);
  }
  /// Octets of all of it.
  [[nodiscard]] static std::uint8_t size_of(std::byte second) noexcept {
    const auto masked = std::to_integer<unsigned>(second) >> 7U;
    return static_cast<std::uint8_t>(2 + length_size(second) + 4 * masked);
  }
  [[nodiscard]] std::uint64_t read_length() const noexcept {
    const auto extended = length_size(octets_[1]);
    if (extended == 0)
      return at(1) & 0x7fU;
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < extended; ++i)
      length = length << 8U | at(2 + i);
    return length;
  }
  [[nodiscard]] bool gather_from(octet_view& input) noexcept;
  [[nodiscard]] bool is_extended_length_valid() const noexcept;

  std::array<std::byte, 14> octets_{};
  std::uint8_t size_ = 0;
  std::uint64_t payload_length_ = 0; ///< of a complete header
};

} // namespace sluice::websocket::internal

#pragma once

#include "protocol/octets.hpp"
#include "protocol/websocket/internal/mask.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

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
  [[nodiscard]] bool take_from(octet_view& input) noexcept;
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
  [[nodiscard]] std::uint64_t payload_length() const noexcept;
  /// Whether the length has its shortest form, fits in 63 bits and, in a control frame, is at most
  /// 125.
  [[nodiscard]] bool is_length_valid() const noexcept;
  [[nodiscard]] internal::masking_key masking_key() const noexcept;

private:
  [[nodiscard]] std::uint8_t at(std::size_t index) const noexcept {
    return std::to_integer<std::uint8_t>(octets_[index]);
  }
  [[nodiscard]] std::size_t length_size() const noexcept; ///< octets of the extended length
  [[nodiscard]] std::size_t wanted() const noexcept;      ///< octets of the header, as far as known

  std::array<std::byte, 14> octets_{};
  std::uint8_t size_ = 0;
};

} // namespace sluice::websocket::internal

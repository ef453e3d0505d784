#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// The request of an opening handshake. Its key is that of RFC 6455 sec. 1.3, always.
[[nodiscard]] std::string handshake_request(std::string_view target);

/// Whether `head` accepts the handshake.
[[nodiscard]] bool accepts_handshake(std::string_view head);

/// What messages consist of: letters, the same for the same size.
[[nodiscard]] std::string payload_of(std::size_t size);

/// A client's message in one masked frame.
[[nodiscard]] std::string masked_frame(std::string_view payload, bool is_text);

/// Finds the ends of a server's messages and checks that each is `expected`.
class frame_scanner {
public:
  /// `expected` outlives the scanner.
  explicit frame_scanner(std::string_view expected) noexcept : expected_{expected} {}

  /// Takes octets up to the end of one message at most.
  /// @returns how many
  std::size_t feed(std::string_view octets) noexcept;

  /// Whether the octets taken last ended a message. Says so once.
  [[nodiscard]] bool take_message() noexcept;
  /// Whether a message was another than expected, or the server closed.
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

private:
  void begin_frame() noexcept;
  void end_frame() noexcept;

  std::string_view expected_;
  std::array<unsigned char, 10> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t left_ = 0; // of the frame's payload
  std::size_t offset_ = 0; // in the message
  bool is_in_payload_ = false;
  bool has_message_ = false;
  bool is_broken_ = false;
};

} // namespace bench

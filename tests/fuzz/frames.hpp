#pragma once

#include "tests/fuzz/input.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::fuzz {

/// A WebSocket frame, unmasked. Read by the letter of RFC 6455 sec. 5.2 and not judged: this reader
/// shares no code with wslay or the session.
struct frame {
  unsigned opcode = 0;
  unsigned rsv = 0;
  bool is_final = false;
  bool is_masked = false;
  bool is_shortest = false; ///< the length has its shortest form
  std::string payload;
  std::size_t size = 0; ///< octets of the frame

  [[nodiscard]] bool is_control() const noexcept { return opcode >= 8; }
};

/// The frame at the front of `octets`; nothing when it is not whole.
std::optional<frame> read_frame(octet_view octets);

/// Whether `text` is UTF-8, found by decoding each character. RFC 3629
bool is_plainly_utf8(std::string_view text) noexcept;

/// The code that stands in a Close's payload data; 1005 for none.
unsigned code_in(const frame& close) noexcept;

/// Checks octets that a server sends: whole, unmasked control frames, nothing after a Close.
class control_output {
public:
  /// Takes what was sent since the last call. @returns it as text, a line for each frame
  std::string add(std::string_view octets);
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

private:
  bool is_closed_ = false;
};

} // namespace sluice::fuzz

#pragma once

#include "sluice/protocol/octets.hpp"

#include <cstdint>

namespace sluice::websocket {

/// Checks UTF-8 that arrives in pieces, which may cut a character anywhere.
/// Source: RFC 3629 sec. 4 (no overlong forms, no surrogates, nothing past U+10FFFF)
class utf8_validator {
public:
  /// Checks the next octets. @returns false if one of them cannot stand there; final until `reset`
  [[nodiscard]] bool feed(octet_view text) noexcept;
  /// Whether no character is cut off at the end of what was fed.
  [[nodiscard]] bool is_complete() const noexcept { return missing_ == 0; }
  void reset() noexcept { *this = utf8_validator{}; }

private:
  [[nodiscard]] bool accept(std::uint8_t octet) noexcept;
  [[nodiscard]] bool accept_lead(std::uint8_t octet) noexcept;

  std::uint8_t missing_ = 0; ///< octets that the current character still needs
  std::uint8_t low_ = 0x80;  ///< what the next of them may be, both ends included
  std::uint8_t high_ = 0xbf;
};

/// Whether `text` is valid UTF-8. RFC 3629
[[nodiscard]] bool is_utf8(octet_view text) noexcept;

} // namespace sluice::websocket

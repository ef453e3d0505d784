#pragma once

#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/deflate_options.hpp"
#include "sluice/protocol/websocket/internal/frame_header.hpp"
#include "sluice/protocol/websocket/internal/inflater.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

namespace sluice::websocket::internal {

/// Inflates the messages of a peer, one after another, in bounded steps. Its verdicts do not depend
/// on how the octets were cut. Source: RFC 7692 sec. 7.2.2
class inflation {
public:
  struct step {
    std::size_t consumed = 0; ///< octets of payload data
    std::size_t produced = 0; ///< octets of the message; judge them before `error`
    std::error_code error;    ///< errc::corrupt_deflate or deflate_ratio; final
  };

  /// @pre fault_of(terms) is empty
  explicit inflation(const deflate_options& terms) noexcept;

  void begin_message();
  /// Inflates payload data, still masked; `phase` octets of the frame's came before. Call it again
  /// while it `has_more`, and otherwise with the octets that it did not consume.
  /// @pre `output` is not empty
  [[nodiscard]] step run(octet_view masked, masking_key key, std::uint64_t phase,
                         std::span<std::byte> output);
  /// Inflates what the peer left away at the end of the message, and judges the whole. Call it
  /// again while it `has_more`; the message is complete when it has not.
  [[nodiscard]] step finish(std::span<std::byte> output);
  /// Whether there may be more output without further input.
  [[nodiscard]] bool has_more() const noexcept { return has_more_; }
  /// The message is over, or of no use any more.
  void end_message() noexcept;

  /// Octets of payload data in the message so far, the sum over its fragments.
  [[nodiscard]] std::uint64_t compressed() const noexcept { return compressed_; }
  /// Gives zlib's memory back if no message is under way and none will need what came before.
  void rest() noexcept;
  /// Octets that zlib holds.
  [[nodiscard]] std::size_t memory() const noexcept { return zlib_ ? zlib_->memory() : 0; }

private:
  void note(const inflater::step& done) noexcept;
  [[nodiscard]] std::error_code judge_ratio() const noexcept;

  std::optional<inflater> zlib_; ///< absent until a message needs it
  std::uint64_t compressed_ = 0; ///< of the current message
  std::uint64_t inflated_ = 0;   ///< of the current message
  std::uint64_t next_check_ = 0; ///< of compressed_, where the ratio is judged next
  std::size_t max_ratio_;
  std::uint8_t window_bits_;
  std::uint8_t tail_used_ = 0; ///< octets of what the peer left away
  bool keeps_window_;
  bool in_message_ = false;
  bool has_more_ = false;
};

} // namespace sluice::websocket::internal

#pragma once

#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sluice::websocket::internal {

/// Undoes DEFLATE, in whatever pieces. Blocks that call themselves final are followed by others, as
/// in permessage-deflate they may be. Source: RFC 1951, RFC 7692 sec. 7.2.2, 7.2.3.4
class inflater {
public:
  enum class verdict : std::uint8_t {
    good,
    full,   ///< the output is full: more may follow without further input
    corrupt ///< the input is not DEFLATE; final
  };
  struct step {
    std::size_t consumed = 0;
    std::size_t produced = 0; ///< also what came before the fault
    verdict outcome = verdict::good;
  };

  /// Takes about 7 KiB now, and 2^window_bits octets with the first output.
  /// `window_bits`: 8 to 15, the most that the peer compresses with
  explicit inflater(int window_bits);
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater();

  /// Consumes all of `input` unless the output gets full or the input is corrupt. @pre `output` is
  /// not empty
  [[nodiscard]] step run(octet_view input, std::span<std::byte> output);
  /// Whether what was consumed ends with a block, at an octet's end.
  [[nodiscard]] bool is_at_block_end() const noexcept;
  /// Whether that block called itself final.
  [[nodiscard]] bool is_after_final_block() const noexcept;
  /// Forgets what was consumed and inflated.
  void restart() noexcept;
  /// Octets that zlib holds.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  struct stream;
  std::unique_ptr<stream> stream_;
};

} // namespace sluice::websocket::internal

#pragma once

#include "sluice/protocol/memory/block_cache.hpp"
#include "sluice/protocol/memory/fifo.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <sys/uio.h>

namespace sluice {

/// The octets of one connection on their way to the kernel, in order. Positions are cumulative, so
/// that whoever waits for a piece to leave remembers `queued_total()` after pushing it and compares
/// with `sent_total()`.
class output_queue {
public:
  void push(std::string text);
  void push(octets shared);

  /// Where text may be appended that is to follow what is queued: behind the last text if it is
  /// short. It counts only with `wrote`; whoever gives it up takes away what he appended.
  [[nodiscard]] std::string& tail();
  /// What was appended to `tail()`, at least an octet, is queued. @returns how much, in octets
  std::size_t wrote();

  /// Fills `vectors` with the first unsent runs. @returns how many were filled
  [[nodiscard]] std::size_t gather(std::span<iovec> vectors) const noexcept;
  /// Drops the first `octets` octets: the kernel has them. @pre octets <= unsent()
  void advance(std::size_t octets);
  /// Forgets what is unsent.
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
  [[nodiscard]] std::size_t unsent() const noexcept {
    return static_cast<std::size_t>(queued_total_ - sent_total_);
  }
  [[nodiscard]] std::uint64_t queued_total() const noexcept { return queued_total_; }
  [[nodiscard]] std::uint64_t sent_total() const noexcept { return sent_total_; }

private:
  /// A text that moves by its address: from where it is written to here, and back when it has left.
  struct text_block : internal::cached_blocks {
    std::string text;
  };
  /// One of the two.
  struct run {
    std::unique_ptr<text_block> written;
    octets shared;
    [[nodiscard]] octet_view view() const noexcept {
      return written ? as_octets(written->text) : shared.view();
    }
  };

  /// What the next text is written to, whichever connection's: it keeps its memory.
  static thread_local std::unique_ptr<text_block> spare;

  static void keep(std::unique_ptr<text_block> block) noexcept;
  /// Whether a text is at the end that more may be appended to.
  [[nodiscard]] bool has_tail() const noexcept;

  fifo<run> runs_;
  std::size_t offset_ = 0;  ///< octets of the first run that are already sent
  std::size_t written_ = 0; ///< octets of the text that `tail` gave; 0: one that is not queued
  std::uint64_t queued_total_ = 0;
  std::uint64_t sent_total_ = 0;
};

} // namespace sluice

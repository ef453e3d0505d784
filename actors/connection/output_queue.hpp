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

  /// Text that is being written behind what is queued, where it is to stay: behind the last text if
  /// that is short. It counts once it is committed; dropping the draft takes it back. At most one
  /// at a time, and nothing is pushed meanwhile.
  class draft {
  public:
    explicit draft(output_queue& queue)
      : queue_{queue}, text_{queue.tail()}, start_{text_.size()} {}
    draft(const draft&) = delete;
    draft& operator=(const draft&) = delete;
    ~draft() {
      if (text_.size() != start_)
        text_.resize(start_);
    }

    /// Append to it; what was there before is not the draft's.
    [[nodiscard]] std::string& text() noexcept { return text_; }
    /// Octets that were appended.
    [[nodiscard]] std::size_t size() const noexcept { return text_.size() - start_; }
    /// Queues what was appended, at least an octet. Further text makes a further draft.
    void commit();

  private:
    output_queue& queue_;
    std::string& text_; ///< in the queue or in `spare`: neither moves it meanwhile
    std::size_t start_; ///< of text_, where the draft begins
  };

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
  /// The text at the end, or else `spare`, which is empty.
  [[nodiscard]] std::string& tail();

  fifo<run> runs_;
  std::size_t offset_ = 0; ///< octets of the first run that are already sent
  std::uint64_t queued_total_ = 0;
  std::uint64_t sent_total_ = 0;
};

} // namespace sluice

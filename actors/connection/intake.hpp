#pragma once

#include "sluice/actors/net/transport.hpp"
#include "sluice/protocol/octets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sluice {

/// What a conversation wants of its peer's octets.
struct appetite {
  std::size_t octets = 0; ///< at most; 0: it is stalled, or has nothing to read
  bool is_content =
    false; ///< all of them, as far as it knows, are content, worth a block of their own

  explicit operator bool() const noexcept { return octets > 0; }
};

// The peer: open -> shut or gone (announced), and at last its end of stream is read. What is read
// stays where the read has put it while it is offered, and what is not used then is kept.

/// What the peer sends: read as it is wanted, and kept until it is used. A conversation takes
/// octets from the front (`peek`, `used`); what it leaves is offered again when it wants more. No
/// octet is read that nobody wants, but by `read_ahead`.
class intake {
public:
  /// `from` outlives it.
  explicit intake(transport& from) noexcept : from_{from} {}

  // -- for a conversation -------------------------------------------------------

  /// What was read and not used.
  [[nodiscard]] octet_view peek() const noexcept { return rest_; }
  /// The first `octets` of it are used. @pre octets <= peek().size(), unless it was dropped
  /// meanwhile
  void used(std::size_t octets) noexcept { rest_ = rest_.subspan(std::min(octets, rest_.size())); }
  /// `piece`, which `peek` has shown, without a copy: if it lies in a block that was read for
  /// content, and fills at least half of that.
  [[nodiscard]] std::optional<octets> share(octet_view piece) const;

  /// Whether octets of the peer may wait, here or in the kernel.
  [[nodiscard]] bool has_unread() const noexcept;
  /// Whether `octets` of the peer can be had without it sending more.
  [[nodiscard]] known can_bring(std::uint64_t octets) const noexcept;
  /// What was read and not used, and behind it what has come, at most `most` octets of that,
  /// without taking it.
  [[nodiscard]] std::vector<std::byte> look_ahead(
    std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  /// Whether the peer has closed: nobody is there for an answer. Only Unix sockets tell.
  [[nodiscard]] bool is_peer_gone() const noexcept { return peer_ == far_side::gone; }
  /// Whether what is missing can still come is an open question again: what is expected is new.
  void judge_end_anew() noexcept { is_end_judged_ = false; }

  // -- for its connection -------------------------------------------------------

  void on_readable() noexcept { is_readable_ = true; }
  /// The peer has shut down its side.
  void on_peer_shut() noexcept;
  /// It has closed: what it sent before can still be read.
  void on_peer_gone() noexcept;

  /// Whether there may be anything to take: kept here, or in the kernel.
  [[nodiscard]] bool has_more() const noexcept { return is_readable_ || has_kept(); }
  [[nodiscard]] bool has_kept() const noexcept { return !rest_.empty(); }
  /// Whether the peer's end has been read.
  [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
  /// Whether the peer has shut down its side, its end was not read, and nobody has judged yet if
  /// what is missing can still come.
  [[nodiscard]] bool has_end_to_judge() const noexcept {
    return peer_ != far_side::open && !has_ended_ && !is_end_judged_;
  }
  /// It was judged. Once is enough for what is expected now.
  void end_is_judged() noexcept { is_end_judged_ = true; }

  /// Offers what was kept: `take` uses what it wants of `peek`.
  template <class Take>
  void offer_kept(Take take) {
    auto held = std::exchange(kept_, {}); // rest_ still points into it, also if it is dropped
    take();
    if (has_kept())
      kept_ = std::move(held);
  }
  /// Reads what is wanted, at most what `buffer` has room for, and offers it. For content it takes
  /// a block of its own instead of `buffer`.
  template <class Take>
  transport::result read(appetite wanted, std::span<std::byte> buffer, Take take) {
    const auto result = fetch(wanted, buffer);
    if (!has_kept())
      return result;
    take();
    if (has_kept())
      keep();
    block_ = nullptr;
    return result;
  }
  /// Reads as much as `buffer` has room for and drops it. It counts as the end when more than
  /// `most` octets were dropped since the first.
  [[nodiscard]] transport::result discard(std::span<std::byte> buffer, std::uint64_t most);
  /// Makes sure that what has come can be looked at up to the end that the peer has announced:
  /// keeps it, if the transport shows nothing, as long as that is at most `most` octets. `buffer`:
  /// for the reads. @returns whether all of it can be seen
  [[nodiscard]] bool read_ahead(std::span<std::byte> buffer, std::size_t most);
  /// What was kept is of no use any more.
  void drop() noexcept;

private:
  /// What the peer has announced of its end.
  enum class far_side : std::uint8_t {
    open,
    shut, ///< it sends no more
    gone, ///< nor does it read: only Unix sockets tell
  };

  transport::result fetch(appetite wanted, std::span<std::byte> buffer);
  void note(const transport::result& result) noexcept;
  void keep();

  transport& from_;
  octet_view rest_;             ///< read and not used: in kept_, block_, or the buffer of a read
  std::vector<std::byte> kept_; ///< what holds it between two reads
  std::shared_ptr<std::byte[]> block_; ///< of the read under way, if it is for content
  std::size_t block_size_ = 0;
  std::uint64_t discarded_ = 0;
  far_side peer_ = far_side::open;
  bool is_readable_ = false; ///< the kernel may have octets for us
  bool has_ended_ = false;
  bool is_all_here_ = false;   ///< the end was read ahead: it is right behind what is kept
  bool is_end_judged_ = false; ///< whether what is missing can still come was judged
};

} // namespace sluice

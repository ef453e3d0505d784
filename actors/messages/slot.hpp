#pragma once

#include <cstdint>

namespace sluice {

// States: empty -> outstanding (deliver) -> empty (acknowledge, release). There is no third: what
// waits for the slot waits with its owner, who stops reading. `release` is for a handler that ended
// with the delivery unanswered.

/// What became of an acknowledgement. Only `accepted` empties the slot (S3).
enum class acknowledgement : std::uint8_t {
  accepted,
  late,    ///< for a delivery that is no longer outstanding, or for the second time
  foreign, ///< not from the handler that got the delivery
};

/// The one pending data message of a connection: at most one is delivered and not acknowledged
/// (S1).
class slot {
public:
  /// Identifies a delivery, unique on its connection; a CAF request id serves.
  using delivery = std::uint64_t;

  [[nodiscard]] bool is_empty() const noexcept { return outstanding_ == nothing; }

  /// Fills the slot. @pre is_empty(), and `id` is not zero
  void deliver(delivery id) noexcept;

  /// Judges an acknowledgement of `id`; `from_handler`: whether the current handler sent it.
  [[nodiscard]] acknowledgement acknowledge(delivery id, bool from_handler) noexcept;

  /// Empties the slot because the handler ended. @returns whether a delivery was outstanding
  bool release() noexcept;

private:
  static constexpr delivery nothing = 0;

  delivery outstanding_ = nothing;
};

} // namespace sluice

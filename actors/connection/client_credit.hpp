#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <cstdint>

namespace sluice {

// States: closed <-> open (the client is waited for). The time left runs down while open; what the
// client moved meanwhile is counted when it is opened anew.

/// The time that a client may still be waited for: runs down only while it is, and is refilled by
/// the octets that it moves, never past the whole. So a pause is forgiven to who keeps up a rate in
/// the long run, and single octets buy next to nothing (S53, S54). Reads no clock.
class client_credit {
public:
  /// The client has moved `count` octets.
  void on_octets(std::uint64_t count) noexcept { moved_ += count; }

  /// The client is waited for from now on. `most`: the whole credit; `rate`: octets that refill a
  /// second of it, 0: any octet refills all of it.
  /// @returns how long it has, more than zero
  [[nodiscard]] duration open(duration most, std::uint64_t rate) noexcept;
  /// It is no longer waited for. `left`: what remained of what `open` returned
  void close(duration left) noexcept { left_ = left; }
  /// Makes the credit whole: what is asked of the client is new.
  void renew() noexcept {
    left_ = whole;
    moved_ = 0;
  }

private:
  static constexpr auto whole = duration::max();

  duration left_ = whole;
  std::uint64_t moved_ = 0; ///< octets since it was last opened
};

} // namespace sluice

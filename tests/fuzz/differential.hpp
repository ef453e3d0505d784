#pragma once

#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::fuzz {

/// Where the octets of one run are cut.
class cuts {
public:
  /// One piece of everything.
  static cuts none() noexcept { return {mode::whole, 0}; }
  /// Pieces of one octet.
  static cuts everywhere() noexcept { return {mode::fixed, 0}; }
  /// As four settings of the input say: pieces of one size, a single cut, or pieces of many sizes,
  /// empty ones among them.
  static cuts chosen_by(input& from) noexcept {
    const auto how = from.setting();
    std::uint32_t value = 0;
    for (int i = 0; i < 3; ++i)
      value = value << 8U | (from.setting() ^ std::uint32_t{'0'});
    constexpr mode modes[] = {mode::fixed, mode::once, mode::many};
    return {modes[how % 3], value};
  }

  /// Octets of the next piece, of `left` that are left out of `size`.
  [[nodiscard]] std::size_t next(std::size_t left, std::size_t size) noexcept {
    switch (mode_) {
      case mode::whole: return left;
      case mode::fixed: return std::min<std::size_t>(left, 1 + value_ % 512);
      case mode::once: mode_ = mode::whole; return std::min<std::size_t>(left, value_ % (size + 1));
      case mode::many: break;
    }
    value_ = value_ * 1664525U + 1013904223U; // any sequence will do, the same for the same input
    const auto drawn = value_ >> 16U;
    const bool is_long = drawn % 8 == 0;
    return std::min<std::size_t>(left, drawn / 8 % (is_long ? 256 : 6));
  }

private:
  enum class mode : std::uint8_t { whole, fixed, once, many };
  cuts(mode how, std::uint32_t value) noexcept : mode_{how}, value_{value} {}

  mode mode_;
  std::uint32_t value_;
};

/// Feeds `octets` to `run` in pieces. `run.feed(piece)` says whether it wants more.
template <class Run>
void feed_in_pieces(Run& run, octet_view octets, cuts where) {
  const auto size = octets.size();
  while (!octets.empty()) {
    const auto piece = octets.first(where.next(octets.size(), size));
    octets = octets.subspan(piece.size());
    if (!run.feed(piece))
      return;
  }
}

/// The differential test: `make()` gives a new run of an engine; fed whole, cut where the input
/// says, and octet by octet, its `finish()` must return the same account of what happened.
template <class Make>
std::string require_same_for_all_cuts(octet_view octets, const cuts& chosen, Make make) {
  const auto account = [&](const cuts& where) {
    auto run = make();
    feed_in_pieces(run, octets, where);
    return run.finish();
  };
  const auto whole = account(cuts::none());
  require_same(whole, account(chosen), "events do not depend on how octets are cut");
  require_same(whole, account(cuts::everywhere()), "events are the same octet by octet");
  return whole;
}

} // namespace sluice::fuzz

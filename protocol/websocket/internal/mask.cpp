#include "sluice/protocol/websocket/internal/mask.hpp"

#include "sluice/protocol/websocket/internal/wide.hpp"

#include <bit>
#include <cstring>

namespace sluice::websocket::internal {
namespace {

/// Whether the octets are looked at on their way.
enum class look : std::uint8_t { away, for_ascii };

/// Copies and unmasks T by T, `count` in a row, as long as they are whole, from `at` on.
/// @returns where the rest begins
template <look Look, std::size_t count, class T>
[[gnu::always_inline]] inline std::size_t move_in(octet_view source, std::byte* target,
                                                  std::size_t at, const T& mask, T& seen) noexcept {
  constexpr auto stride = count * sizeof(T);
  for (; source.size() - at >= stride; at += stride) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < stride; i += sizeof(T)) {
      T value;
      load(value, source.data() + at + i);
      value ^= mask;
      if constexpr (Look == look::for_ascii)
        seen |= value;
      std::memcpy(target + at + i, &value, sizeof value);
    }
  }
  return at;
}

/// What has been dealt with, and all octets of it or-ed: zeros for look::away.
struct progress {
  std::size_t at = 0;
  std::uint64_t seen = 0;
};

template <look Look>
[[gnu::always_inline]] inline progress move_blocks(octet_view source, std::byte* target,
                                                   std::uint64_t word) noexcept {
  const wide mask{word, word, word, word};
  wide seen{};
  auto at = move_in<Look, 8>(source, target, 0, mask, seen);
  at = move_in<Look, 1>(source, target, at, mask, seen);
  return {at, seen[0] | seen[1] | seen[2] | seen[3]};
}

template <look Look>
progress move_blocks_anywhere(octet_view source, std::byte* target, std::uint64_t word) noexcept {
  return move_blocks<Look>(source, target, word);
}

template <look Look>
SLUICE_AVX2 progress move_blocks_by_avx2(octet_view source, std::byte* target,
                                         std::uint64_t word) noexcept {
  return move_blocks<Look>(source, target, word);
}

/// The key twice, turned to where the piece begins.
std::uint64_t mask_word(const masking_key& key, std::uint64_t phase) noexcept {
  std::uint32_t half = 0;
  std::memcpy(&half, key.data(), key.size());
  const auto bits = static_cast<int>(phase % key.size() * 8);
  half = std::endian::native == std::endian::little ? std::rotr(half, bits) : std::rotl(half, bits);
  return std::uint64_t{half} << 32U | half;
}

template <look Look>
bool move_all(octet_view source, std::byte* target, const masking_key& key,
              std::uint64_t phase) noexcept {
  const auto mask = mask_word(key, phase);
  // What comes first is a multiple of the key's size, so the mask need not be turned again.
  progress done;
  if (source.size() >= sizeof(wide))
    done = has_avx2() ? move_blocks_by_avx2<Look>(source, target, mask)
                      : move_blocks_anywhere<Look>(source, target, mask);
  done.at = move_in<Look, 1>(source, target, done.at, mask, done.seen);
  std::array<std::byte, sizeof mask> turned;
  std::memcpy(turned.data(), &mask, sizeof mask);
  for (std::size_t i = 0; done.at < source.size(); ++i, ++done.at) {
    target[done.at] = source[done.at] ^ turned[i];
    if constexpr (Look == look::for_ascii)
      done.seen |= std::to_integer<std::uint64_t>(target[done.at]);
  }
  return (done.seen & high_bits) == 0;
}

} // namespace

void unmask(octet_view source, std::byte* target, masking_key key, std::uint64_t phase) noexcept {
  move_all<look::away>(source, target, key, phase);
}

bool unmask_text(octet_view source, std::byte* target, masking_key key,
                 std::uint64_t phase) noexcept {
  return move_all<look::for_ascii>(source, target, key, phase);
}

} // namespace sluice::websocket::internal

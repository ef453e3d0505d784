#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Where the compiler can build a function twice, for every processor of its kind and for those
/// with AVX2, SLUICE_AVX2 marks the second one, which `has_avx2()` must be asked for.
#if defined(__x86_64__) && defined(__GNUC__)
#define SLUICE_AVX2 [[gnu::target("avx2")]]
#else
#define SLUICE_AVX2
#endif

namespace sluice::websocket::internal {

/// 32 octets that are worked on at once: one register with AVX2, two without.
using wide = std::uint64_t __attribute__((vector_size(32)));

/// The bit that no octet of ASCII has, in each octet of a word.
inline constexpr std::uint64_t high_bits = 0x8080808080808080U;

[[nodiscard]] inline bool has_avx2() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

/// Reads a word, or several at once, from any address.
template <class T>
[[gnu::always_inline]] inline void load(T& value, const std::byte* from) noexcept {
  std::memcpy(&value, from, sizeof value);
}

} // namespace sluice::websocket::internal

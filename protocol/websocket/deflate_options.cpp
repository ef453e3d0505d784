#include "sluice/protocol/websocket/deflate_options.hpp"

namespace sluice::websocket {
namespace {

/// zlib's state beside the windows and tables, about 6 KiB to compress and 7 KiB to inflate in
/// 1.2.13 and 1.3.1; the rest is room for other versions.
constexpr std::size_t deflater_state = 8 * 1024;
constexpr std::size_t inflater_state = 12 * 1024;

/// zlib can't compress with a window of 2^8 octets.
constexpr int least_window_bits = 9;
constexpr int most_window_bits = 15;

constexpr bool is_window(int bits) noexcept {
  return bits >= least_window_bits && bits <= most_window_bits;
}

constexpr bool is_level(int level) noexcept {
  return level >= 1 && level <= 9;
}

} // namespace

std::string_view fault_of(const deflate_options& options) noexcept {
  if (!is_window(options.server_max_window_bits) || !is_window(options.client_max_window_bits))
    return "has a compression window that is not of 9 to 15 bits";
  if (!is_level(options.memory_level))
    return "has a compression memory level that is not of 1 to 9";
  if (!is_level(options.compression_level))
    return "has a compression level that is not of 1 to 9";
  return {};
}

std::size_t deflate_memory(const deflate_options& options) noexcept {
  const auto power = [](int exponent) { return std::size_t{1} << static_cast<unsigned>(exponent); };
  // As zconf.h reckons it.
  const auto deflater = power(options.server_max_window_bits + 2) + power(options.memory_level + 9);
  const auto inflater = power(options.client_max_window_bits);
  return deflater + deflater_state + inflater + inflater_state;
}

} // namespace sluice::websocket

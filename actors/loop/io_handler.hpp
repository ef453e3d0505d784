#pragma once

#include <cstdint>

namespace sluice {

/// What has come about at a descriptor: any of these together.
enum class readiness : std::uint8_t {
  none = 0,
  readable = 1,  ///< there may be octets to read, or somebody to accept
  writable = 2,  ///< there may be room to write
  peer_shut = 4, ///< the peer has shut down its side
  hung_up = 8,   ///< both sides are shut down, or it has failed
};

[[nodiscard]] constexpr readiness operator|(readiness a, readiness b) noexcept {
  return static_cast<readiness>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr readiness& operator|=(readiness& a, readiness b) noexcept {
  return a = a | b;
}
/// Whether `all` has `one`.
[[nodiscard]] constexpr bool has(readiness all, readiness one) noexcept {
  return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

/// What of a descriptor is watched.
enum class interest : std::uint8_t {
  stream,       ///< everything, each told once when it comes about (edge-triggered)
  input,        ///< input, told in each round as long as there is some
  shared_input, ///< the same, at a descriptor that several loops watch: not all are woken at once
};

/// Something with a descriptor that an event loop watches.
class io_handler {
public:
  virtual ~io_handler() = default;
  virtual void on_ready(readiness what) = 0;
};

} // namespace sluice

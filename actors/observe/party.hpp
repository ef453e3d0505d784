#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Whom a connection waits for.
enum class party : std::uint8_t {
  client,  ///< to send
  handler, ///< to acknowledge, or to answer
  network, ///< to take our octets: a client that does not read them, or the way to it
};
inline constexpr std::size_t parties = 3;

[[nodiscard]] constexpr std::string_view to_string(party which) noexcept {
  switch (which) {
    case party::client: return "client";
    case party::handler: return "handler";
    default: return "network";
  }
}

} // namespace sluice

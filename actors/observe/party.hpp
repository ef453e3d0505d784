#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Reads what `to_string` gives.
[[nodiscard]] constexpr std::optional<party> parse_party(std::string_view name) noexcept {
  for (const auto each : {party::client, party::handler, party::network})
    if (name == to_string(each))
      return each;
  return std::nullopt;
}

} // namespace sluice

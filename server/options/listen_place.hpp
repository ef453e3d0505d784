#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Where a listener is to be: on a Unix socket, or at an address and a port.
struct listen_place {
  std::string unix_path; ///< empty: TCP
  std::string address;
  std::uint16_t port = 0;
};

/// Reads what has a '/' as the path of a Unix socket, and "127.0.0.1:9100", "[::1]:9100", ":9100"
/// or "9100", whose address is 127.0.0.1, as TCP. @returns nothing when `text` is none of these
[[nodiscard]] std::optional<listen_place> parse_listen_place(std::string_view text);

} // namespace sluice

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

struct sockaddr_storage;

namespace sluice {

/// Peers, by address: single ones and networks, and those of Unix sockets.
class peer_list {
public:
  /// Reads members parted by commas: "10.0.0.0/8", "192.0.2.7", "fd00::/8", "::1", "unix". An IPv4
  /// member holds also for a socket where such a peer is called "::ffff:192.0.2.7".
  /// @returns nothing where one is none of these; an empty text is nobody
  [[nodiscard]] static std::optional<peer_list> parse(std::string_view text);

  [[nodiscard]] bool contains(const sockaddr_storage& peer) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return networks_.empty() && !has_unix_; }

private:
  /// An IPv6 address; IPv4 as it is mapped into IPv6. RFC 4291 sec. 2.5.5.2
  using address = std::array<std::uint8_t, 16>;
  struct network {
    address first;
    unsigned bits = 0; ///< how many of it count
  };
  [[nodiscard]] static std::optional<network> parse_network(std::string_view text);

  std::vector<network> networks_;
  bool has_unix_ = false;
};

} // namespace sluice

#include "sluice/actors/net/peer_list.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sluice {

namespace {

constexpr unsigned octet_bits = 8;
constexpr unsigned before_mapped = 96; ///< bits that all IPv4 addresses share

/// Where an IPv4 address stands in IPv6, behind "::ffff:".
std::array<std::uint8_t, 16> mapped(const in_addr& four) noexcept {
  std::array<std::uint8_t, 16> all{};
  all[10] = all[11] = 0xff;
  std::memcpy(all.data() + 12, &four, sizeof four);
  return all;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos
           ? std::string_view{}
           : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

} // namespace

std::optional<peer_list> peer_list::parse(std::string_view text) {
  peer_list made;
  if (trimmed(text).empty())
    return made;
  for (auto rest = text;;) {
    const auto comma = rest.find(',');
    const auto member = trimmed(rest.substr(0, comma));
    if (member == "unix")
      made.has_unix_ = true;
    else if (const auto read = parse_network(member))
      made.networks_.push_back(*read);
    else
      return std::nullopt;
    if (comma == std::string_view::npos)
      return made;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<peer_list::network> peer_list::parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string host{text.substr(0, slash)};
  network made;
  auto most = static_cast<unsigned>(made.first.size()) * octet_bits;
  auto shared = 0U;
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
    made.first = mapped(four);
    shared = before_mapped;
  } else if (::inet_pton(AF_INET6, host.c_str(), made.first.data()) != 1) {
    return std::nullopt;
  }
  most -= shared;
  auto bits = most;
  if (slash != std::string_view::npos) {
    const auto number = text.substr(slash + 1);
    const auto* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, bits);
    if (number.empty() || error != std::errc{} || stop != end || bits > most)
      return std::nullopt;
  }
  made.bits = shared + bits;
  return made;
}

bool peer_list::contains(const sockaddr_storage& peer) const noexcept {
  address whose{};
  if (peer.ss_family == AF_INET)
    whose = mapped(reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
  else if (peer.ss_family == AF_INET6)
    std::memcpy(whose.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, whose.size());
  else
    return has_unix_;
  return std::any_of(networks_.begin(), networks_.end(), [&](const network& each) {
    const auto whole = each.bits / octet_bits;
    if (!std::equal(whose.begin(), whose.begin() + whole, each.first.begin()))
      return false;
    const auto rest = each.bits % octet_bits;
    const auto mask = static_cast<std::uint8_t>(0xffU << (octet_bits - rest));
    return rest == 0 || ((whose[whole] ^ each.first[whole]) & mask) == 0;
  });
}

} // namespace sluice

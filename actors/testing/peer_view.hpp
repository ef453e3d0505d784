#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::testing {

/// What the peer of a connection has seen, and how the connection ended.
struct peer_view {
  std::string received;      ///< octets that it took, all of them
  std::string first_write;   ///< what left first, in one piece
  bool saw_end = false;      ///< we have shut down our side, or closed: a clean end
  bool saw_reset = false;    ///< we have closed abruptly, or with octets unread
  bool is_blocked = false;   ///< octets that it wanted to send wait at its side
  std::size_t unsent = 0;    ///< so many
  std::size_t in_flight = 0; ///< octets that left the server and that it does not take
};

/// One line of the access log.
struct access_line {
  std::string target;
  std::uint16_t status = 0;
  std::string outcome; ///< "complete" or a cancel reason
  std::string request_id{};
};

} // namespace sluice::testing

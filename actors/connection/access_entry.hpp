#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

class journal;
struct endpoint;
struct request;

/// Collects what the access log says of one request or WebSocket.
struct access_entry {
  std::string_view method;
  std::string target;
  const endpoint* matched = nullptr;
  std::uint16_t status = 0;
  std::uint64_t received = 0;    ///< octets of content, or payload data
  std::uint64_t sent_before = 0; ///< the connection's sent_total when it began
  time_point began{};

  /// Starts anew for `head`.
  void begin(const request& head, std::uint64_t sent_total, time_point now);
  void write(journal& log, std::string_view peer, std::uint64_t sent_total, time_point now,
             std::string_view outcome) const;
};

} // namespace sluice

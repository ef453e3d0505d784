#pragma once

#include "sluice/actors/observe/figure.hpp"
#include "sluice/actors/observe/histogram.hpp"
#include "sluice/actors/observe/party.hpp"
#include "sluice/protocol/http/method.hpp"
#include "sluice/protocol/http/status.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// How one party was waited for at a route.
struct wait_tally {
  figure<std::int64_t> now; ///< connections that wait for it
  histogram past;           ///< each wait that is over
};

/// What an event loop has seen of one route. Written by the loop, read by anybody.
struct route_tally {
  static constexpr std::size_t methods = 9;
  static constexpr std::size_t status_classes = 6; ///< 1xx to 5xx; the first: no response began

  /// By status class, with two that there are not: a place is found by a shift.
  using by_class = std::array<figure<std::uint64_t>, 8>;

  std::array<by_class, methods> requests;
  figure<std::uint64_t> content_received; ///< octets of request content, or of messages
  figure<std::uint64_t> content_sent;     ///< octets of response content, or of messages
  std::array<wait_tally, parties> waits;  ///< by party
  histogram acknowledgements;             ///< from a delivery to its acknowledgement
  figure<std::uint64_t> dead_octets;      ///< that handlers sent when they were cancelled already
  figure<std::uint64_t> dead_time;        ///< nanoseconds that they worked on, until they ended

  void count(method how, status code) noexcept {
    requests_of(how)[std::min<std::size_t>(code_of(code) / 100, status_classes - 1)].add();
  }
  /// No response was begun.
  void count_unanswered(method how) noexcept { requests_of(how)[0].add(); }

  void add(const route_tally& other) noexcept;

private:
  [[nodiscard]] by_class& requests_of(method how) noexcept {
    return requests[static_cast<std::size_t>(how)];
  }
};

} // namespace sluice

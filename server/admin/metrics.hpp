#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct server_view;

/// A server's metrics in Prometheus' text format, version 0.0.4. Confined to one thread.
class metrics {
public:
  static constexpr std::string_view media_type = "text/plain; version=0.0.4; charset=utf-8";
  /// So many routes have histograms of their own, those that were waited at first; what is seen of
  /// others is added up under the route "(others)". Bounds the length of the text.
  static constexpr std::size_t most_histogram_routes = 64;

  /// `what` outlives it.
  explicit metrics(const server_view& what) noexcept : what_{what} {}
  [[nodiscard]] std::string text();

private:
  const server_view& what_;
  std::vector<std::string> with_histograms_; ///< in the order in which they were seen
};

} // namespace sluice

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sluice::testing {

/// How a scenario went under several orders.
struct interleavings_report {
  std::uint64_t tried = 0;           ///< orders
  std::optional<std::uint64_t> seed; ///< of the first that failed
  std::string failure;               ///< what it threw
  [[nodiscard]] bool holds() const noexcept { return !seed; }
  /// A sentence for a test's message.
  [[nodiscard]] std::string text() const;
};

/// Runs `scenario` under the order of a server (seed 0) and under `orders` others, until one fails:
/// it gives its seed to simulation_options, and throws if what it expects does not hold. With the
/// environment variable SLUICE_SEED only that one is run.
///
///     const auto report = try_interleavings(200, [&](std::uint64_t seed) {
///       simulation service{routes, {.seed = seed}};
///       ...
///       expect(service.handlers_alive() == 0, "a handler is left");
///     });
///     CHECK_MESSAGE(report.holds(), report.text());
[[nodiscard]] interleavings_report try_interleavings(
  std::uint64_t orders, const std::function<void(std::uint64_t seed)>& scenario);

/// Throws std::runtime_error with `what` unless `holds`.
void expect(bool holds, const std::string& what);

} // namespace sluice::testing

#include "sluice/actors/testing/interleavings.hpp"

#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace sluice::testing {

namespace {

void try_one(std::uint64_t seed, const std::function<void(std::uint64_t)>& scenario,
             interleavings_report& report) {
  ++report.tried;
  try {
    scenario(seed);
  } catch (const std::exception& failure) {
    report.seed = seed;
    report.failure = failure.what();
  } catch (...) {
    report.seed = seed;
    report.failure = "it threw something that is no std::exception";
  }
}

} // namespace

std::string interleavings_report::text() const {
  if (holds())
    return std::to_string(tried) + " orders tried, and it holds under all";
  return "it fails under the order of seed " + std::to_string(*seed)
         + " (SLUICE_SEED=" + std::to_string(*seed) + " runs that alone): " + failure;
}

interleavings_report try_interleavings(std::uint64_t orders,
                                       const std::function<void(std::uint64_t seed)>& scenario) {
  interleavings_report report;
  if (const char* const only = std::getenv("SLUICE_SEED")) {
    try_one(std::strtoull(only, nullptr, 10), scenario, report);
    return report;
  }
  for (std::uint64_t seed = 0; seed <= orders && report.holds(); ++seed)
    try_one(seed, scenario, report);
  return report;
}

void expect(bool holds, const std::string& what) {
  if (!holds)
    throw std::runtime_error{what};
}

} // namespace sluice::testing

#pragma once

#include "bench/load/histogram.hpp"
#include "bench/load/options.hpp"
#include "bench/load/server_process.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

using clock = std::chrono::steady_clock;

/// What was done in the measured window, how long it took, and what it cost the server.
class measurement {
public:
  explicit measurement(const options& wishes);

  [[nodiscard]] const options& wishes() const noexcept { return wishes_; }
  [[nodiscard]] const server_process& server() const noexcept { return server_; }

  /// Whether to go on: until the window is over, as many operations are done as are wished, or
  /// the server has more memory than it may. Begins
  /// the window when the warm-up is over.
  [[nodiscard]] bool goes_on();
  /// Begins the window now: what was counted before is forgotten, but for errors.
  void begin();
  /// Ends the window now.
  void finish();

  void count_operation(clock::duration latency) noexcept;
  void count_octets(std::uint64_t octets) noexcept { octets_ += octets; }
  /// A connection broke.
  void fail(std::string_view why);
  /// An answer was not what it has to be.
  void refuse(std::string_view why);

  [[nodiscard]] std::uint64_t operations() const noexcept { return latencies_.count(); }
  [[nodiscard]] bool has_faults() const noexcept { return errors_ + bad_answers_ > 0; }

  /// @pre finish() was called
  [[nodiscard]] nlohmann::ordered_json report() const;

private:
  void sample_memory(clock::time_point now);
  [[nodiscard]] nlohmann::ordered_json server_report() const;

  const options wishes_;
  server_process server_;
  std::unique_ptr<instruction_counter> counter_;
  clock::time_point start_;
  clock::time_point begun_{};
  clock::time_point finished_{};
  clock::time_point sampled_{};
  histogram latencies_;
  std::uint64_t octets_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t bad_answers_ = 0;
  std::string first_fault_;
  std::uint64_t memory_at_start_ = 0;
  std::uint64_t memory_at_end_ = 0;
  std::uint64_t memory_peak_ = 0;
  bool is_capped_ = false;
  std::chrono::nanoseconds server_time_{0};
  std::chrono::nanoseconds own_time_{0};
  std::optional<instruction_counter::counts> instructions_;
};

/// `latencies` in microseconds: p50, p90, p99, p999 and max; null without any.
[[nodiscard]] nlohmann::ordered_json quantiles(const histogram& latencies);

} // namespace bench

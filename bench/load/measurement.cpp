#include "bench/load/measurement.hpp"

#include <algorithm>
#include <ctime>

namespace bench {
namespace {

constexpr std::chrono::milliseconds sampling_interval{20};

std::chrono::nanoseconds own_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

double seconds_of(std::chrono::nanoseconds length) {
  return std::chrono::duration<double>{length}.count();
}

double microseconds_of(std::chrono::nanoseconds length) {
  return std::chrono::duration<double, std::micro>{length}.count();
}

// Nothing where there is nothing to divide by.
nlohmann::ordered_json ratio(double value, double divisor) {
  return divisor > 0 ? nlohmann::ordered_json(value / divisor) : nullptr;
}

} // namespace

measurement::measurement(const options& wishes)
  : wishes_{wishes}, server_{wishes.server}, start_{clock::now()} {}

bool measurement::goes_on() {
  const auto now = clock::now();
  if (begun_ == clock::time_point{}) {
    if (now >= start_ + wishes_.warm_up)
      begin();
    return true;
  }
  sample_memory(now);
  const auto has_done_all = wishes_.operations > 0 && operations() >= wishes_.operations;
  if (now < begun_ + wishes_.length && !is_capped_ && !has_done_all)
    return true;
  finish();
  return false;
}

void measurement::begin() {
  latencies_ = histogram{};
  octets_ = 0;
  server_.forget_peak();
  memory_at_start_ = server_.memory();
  memory_peak_ = memory_at_start_;
  counter_ = std::make_unique<instruction_counter>(server_.processes());
  server_time_ = server_.cpu_time();
  own_time_ = own_cpu_time();
  begun_ = clock::now();
}

void measurement::finish() {
  finished_ = clock::now();
  instructions_ = counter_->read();
  server_time_ = server_.cpu_time() - server_time_;
  own_time_ = own_cpu_time() - own_time_;
  memory_at_end_ = server_.memory();
  // The kernel's own high-water mark, or what was seen: not every kernel lets the mark be reset,
  // and of several processes the marks may be of different moments.
  memory_peak_ = std::max(memory_peak_, memory_at_end_);
  if (server_.processes().size() == 1)
    memory_peak_ = std::max(memory_peak_, server_.peak_memory());
}

void measurement::sample_memory(clock::time_point now) {
  if (now < sampled_ + sampling_interval)
    return;
  sampled_ = now;
  const auto memory = server_.memory();
  memory_peak_ = std::max(memory_peak_, memory);
  is_capped_ = wishes_.memory_cap > 0 && memory > wishes_.memory_cap;
}

void measurement::count_operation(clock::duration latency) noexcept {
  latencies_.add(latency);
}

void measurement::fail(std::string_view why) {
  ++errors_;
  if (first_fault_.empty())
    first_fault_ = why;
}

void measurement::refuse(std::string_view why) {
  ++bad_answers_;
  if (first_fault_.empty())
    first_fault_ = why;
}

nlohmann::ordered_json measurement::report() const {
  const auto seconds = seconds_of(finished_ - begun_);
  nlohmann::ordered_json report;
  report["mode"] = wishes_.mode;
  report["clients"] = wishes_.clients;
  report["seconds"] = seconds;
  report["operations"] = operations();
  report["operations_per_second"] = ratio(static_cast<double>(operations()), seconds);
  report["octets"] = octets_;
  report["octets_per_second"] = ratio(static_cast<double>(octets_), seconds);
  report["latency_us"] = quantiles(latencies_);
  report["server"] = server_report();
  report["load_cpu_seconds"] = seconds_of(own_time_);
  report["errors"] = errors_;
  report["bad_answers"] = bad_answers_;
  report["first_fault"] = first_fault_.empty() ? nlohmann::ordered_json(nullptr)
                                               : nlohmann::ordered_json(first_fault_);
  return report;
}

nlohmann::ordered_json measurement::server_report() const {
  const auto count = static_cast<double>(operations());
  nlohmann::ordered_json report;
  report["cpu_seconds"] = seconds_of(server_time_);
  report["cpu_us_per_operation"] = ratio(microseconds_of(server_time_), count);
  report["cpu_seconds_per_gb"] = ratio(seconds_of(server_time_),
                                       static_cast<double>(octets_) / 1e9);
  for (const auto* name : {"user_instructions_per_operation", "kernel_instructions_per_operation"})
    report[name] = nullptr;
  if (instructions_) {
    report["user_instructions_per_operation"] = ratio(static_cast<double>(instructions_->user),
                                                      count);
    report["kernel_instructions_per_operation"] = ratio(static_cast<double>(instructions_->kernel),
                                                        count);
  }
  report["memory_at_start"] = memory_at_start_;
  report["memory_at_end"] = memory_at_end_;
  report["memory_peak"] = memory_peak_;
  report["is_memory_capped"] = is_capped_;
  return report;
}

nlohmann::ordered_json quantiles(const histogram& latencies) {
  nlohmann::ordered_json report;
  const auto add = [&](const char* name, double share) {
    report[name] = nullptr;
    if (latencies.count() > 0)
      report[name] = microseconds_of(latencies.quantile(share));
  };
  add("p50", 0.5);
  add("p90", 0.9);
  add("p99", 0.99);
  add("p999", 0.999);
  report["max"] = nullptr;
  if (latencies.count() > 0)
    report["max"] = microseconds_of(latencies.max());
  return report;
}

} // namespace bench

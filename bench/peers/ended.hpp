#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace bench {

/// Handlers that ended because their client was gone: what GET /ended tells.
class ended_handlers {
public:
  void add() noexcept {
    last_ = std::chrono::nanoseconds{std::chrono::system_clock::now().time_since_epoch()}.count();
    ++count_;
  }

  /// E.g. {"ended": 2, "last_ns": 1700000000123456789}: nanoseconds since 1970.
  [[nodiscard]] std::string json() const {
    return R"({"ended": )" + std::to_string(count_.load()) + R"(, "last_ns": )"
           + std::to_string(last_.load()) + '}';
  }

private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::int64_t> last_{0};
};

/// A local variable of a handler: adds it to the ended ones, unless it has come to its end.
class ended_guard {
public:
  explicit ended_guard(ended_handlers& all) noexcept : all_{all} {}
  ended_guard(const ended_guard&) = delete;
  ended_guard& operator=(const ended_guard&) = delete;
  ~ended_guard() {
    if (!is_complete_)
      all_.add();
  }

  void complete() noexcept { is_complete_ = true; }

private:
  ended_handlers& all_;
  bool is_complete_ = false;
};

/// How long a slow handler waits behind `size` octets at `rate` octets a second.
inline std::chrono::nanoseconds pause_behind(std::uint64_t size, std::uint64_t rate) noexcept {
  return std::chrono::nanoseconds{static_cast<std::int64_t>(size * 1'000'000'000 / rate)};
}

inline constexpr std::uint64_t slow_rate = 1'000'000; ///< octets a second, unless asked otherwise

} // namespace bench

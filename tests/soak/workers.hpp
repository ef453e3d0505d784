#pragma once

#include "tests/soak/scenario.hpp"
#include "tests/soak/tally.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace sluice::soak {

/// Client processes, so that one can be killed like any program.
class workers {
public:
  static constexpr std::size_t connections_each = 60;

  /// `only`: if not 0, the one scenario that they play.
  workers(shared_tally& counts, std::uint64_t seed, std::uint64_t only)
    : counts_{counts}, random_{seed}, only_{only} {}
  workers(const workers&) = delete;
  workers& operator=(const workers&) = delete;
  ~workers();

  void start(std::size_t count, std::uint16_t port);
  /// Kills one without warning and starts another.
  void replace_one(std::uint16_t port);
  /// Ends all. @returns what went wrong, if anything did
  [[nodiscard]] std::string stop();
  /// Looks whether one has ended that nobody has ended.
  [[nodiscard]] std::string look_after();

  [[nodiscard]] std::uint64_t killed() const noexcept { return killed_; }

private:
  void start_one(std::uint16_t port);

  shared_tally& counts_;
  generator random_;
  std::uint64_t only_;
  std::vector<pid_t> all_;
  std::uint64_t killed_ = 0;
};

} // namespace sluice::soak

#pragma once

#include "sluice/server/service/server.hpp"
#include "tests/soak/measure.hpp"
#include "tests/soak/routes.hpp"
#include "tests/soak/tally.hpp"
#include "tests/soak/workers.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::soak {

/// What the command line says.
struct wishes {
  std::chrono::seconds length{60};
  std::uint64_t seed = 1;
  std::uint64_t only = 0;  ///< the one scenario to play, if not 0
  bool with_faults = true; ///< of the server's own process
  bool any_memory = false; ///< is refused, whatever its size and on whichever thread
};

/// What the servers of a run have counted, added up.
struct server_totals {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t killed = 0;
  std::uint64_t failures = 0;
  std::uint64_t late = 0;
  std::uint64_t foreign = 0;
  std::uint64_t deadlines = 0;
  std::uint64_t accepts_failed = 0;
  std::uint64_t starved = 0;
};

/// One run: a server for most of the time, in rounds with a rest between; then short-lived servers
/// that are stopped under load.
class soak {
public:
  explicit soak(const wishes& what);

  /// @returns whether everything held
  bool run();
  /// Prints what happened; what went wrong last.
  void report() const;

private:
  void run_rounds();
  void load(server& target, clock::time_point until);
  void make_fault(std::uint16_t port);
  void rest(server& target);
  void judge_memory();
  void run_short_lives();
  void live_shortly();
  [[nodiscard]] std::unique_ptr<server> start(const config& how);
  void add_totals(const counters& of);
  void fail(std::string what);
  void check(const std::string& error) {
    if (!error.empty())
      fail(error);
  }

  const wishes wishes_;
  const clock::time_point end_;
  const clock::time_point end_of_rounds_;
  generator random_;
  shared_tally counts_;
  router routes_;
  std::unique_ptr<dispatcher> marking_;
  std::unique_ptr<journal> log_;
  time_source time_;
  workers workers_;
  server_totals totals_;
  std::vector<holdings> rests_; ///< after each round
  std::size_t peak_ = 0;        ///< resident octets
  std::size_t lives_ = 0;
  std::vector<std::string> failures_;
};

} // namespace sluice::soak

// soak [MINUTES] [--seed N] [--scenario N] [--without-faults] [--any-memory]: see README.md.

#include "tests/soak/client.hpp"
#include "tests/soak/soak.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sluice::soak;

/// Ends the process if it has not ended by itself in time: a hang is a failure as well.
class watchdog {
public:
  explicit watchdog(std::chrono::seconds within)
    : thread_{[this, within] {
        std::unique_lock guard{mutex_};
        if (over_.wait_for(guard, within, [this] { return is_over_; }))
          return;
        std::fprintf(stderr, "soak: FAILED: it did not end in time\n");
        std::abort();
      }} {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      const std::lock_guard guard{mutex_};
      is_over_ = true;
    }
    over_.notify_all();
    thread_.join();
  }

private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

int usage() {
  std::fprintf(
    stderr, "usage: soak [MINUTES] [--seed N] [--scenario N] [--without-faults] [--any-memory]\n");
  return 2;
}

// --client PORT SEED SCENARIO DESCRIPTOR, as workers::start_one says it.
int be_client(const std::vector<std::string>& words) {
  const shared_tally counts{std::stoi(words.at(4))};
  return run_client(static_cast<std::uint16_t>(std::stoul(words.at(1))), std::stoull(words.at(2)),
                    std::stoull(words.at(3)), workers::connections_each, *counts);
}

int be_server(const std::vector<std::string>& words) {
  wishes what;
  what.seed = std::random_device{}();
  for (auto word = words.begin(); word != words.end(); ++word) {
    const auto has_value = word + 1 != words.end();
    if (*word == "--seed" && has_value)
      what.seed = std::stoull(*++word);
    else if (*word == "--scenario" && has_value)
      what.only = std::stoull(*++word);
    else if (*word == "--without-faults")
      what.with_faults = false;
    else if (*word == "--any-memory")
      what.any_memory = true;
    else if (!word->starts_with("-"))
      what.length = std::chrono::seconds{static_cast<long>(60 * std::stod(*word))};
    else
      return usage();
  }
  std::printf("soak: %lld s, seed %llu\n", static_cast<long long>(what.length.count()),
              static_cast<unsigned long long>(what.seed));
  std::fflush(stdout);
  const watchdog dog{what.length + std::chrono::seconds{60}};
  soak all{what};
  const auto held = all.run();
  all.report();
  return held ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  try {
    return !words.empty() && words.front() == "--client" ? be_client(words) : be_server(words);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "soak: %s\n", failure.what());
    return usage();
  }
}

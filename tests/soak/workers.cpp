#include "tests/soak/workers.hpp"

#include <array>
#include <csignal>
#include <stdexcept>
#include <thread>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::soak {

namespace {

/// Waits for the end of `worker`; it is killed after ten seconds. @returns what went wrong
std::string end_of(pid_t worker) {
  const auto latest = clock::now() + std::chrono::seconds{10};
  int status = 0;
  while (::waitpid(worker, &status, WNOHANG) == 0) {
    if (clock::now() > latest) {
      ::kill(worker, SIGKILL);
      ::waitpid(worker, &status, 0);
      return "a client process did not end";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return status == 0 ? std::string{} : "a client process ended with " + std::to_string(status);
}

} // namespace

workers::~workers() {
  for (const auto worker : all_) {
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
  }
}

void workers::start(std::size_t count, std::uint16_t port) {
  counts_->stopping.store(false);
  while (all_.size() < count)
    start_one(port);
}

void workers::start_one(std::uint16_t port) {
  std::string words[] = {"soak",
                         "--client",
                         std::to_string(port),
                         std::to_string(random_()),
                         std::to_string(only_),
                         std::to_string(counts_.descriptor())};
  std::array<char*, std::size(words) + 1> arguments{};
  for (std::size_t i = 0; i < std::size(words); ++i)
    arguments[i] = words[i].data();
  pid_t worker = 0;
  if (::posix_spawn(&worker, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0)
    throw std::runtime_error{"can't start a client process"};
  all_.push_back(worker);
}

void workers::replace_one(std::uint16_t port) {
  if (all_.empty())
    return;
  const auto victim = all_.begin()
                      + between<std::ptrdiff_t>(random_, 0,
                                                static_cast<std::ptrdiff_t>(all_.size()) - 1);
  ::kill(*victim, SIGKILL);
  ::waitpid(*victim, nullptr, 0);
  all_.erase(victim);
  ++killed_;
  start_one(port);
}

std::string workers::stop() {
  counts_->stopping.store(true);
  std::string wrong;
  for (const auto worker : all_)
    if (auto what = end_of(worker); !what.empty())
      wrong = std::move(what);
  all_.clear();
  return wrong;
}

std::string workers::look_after() {
  for (auto worker = all_.begin(); worker != all_.end(); ++worker) {
    int status = 0;
    if (::waitpid(*worker, &status, WNOHANG) == 0)
      continue;
    all_.erase(worker);
    return "a client process ended too early, with " + std::to_string(status);
  }
  return {};
}

} // namespace sluice::soak

#include "sluice/server/program/serve.hpp"

#include "sluice/actors/messages/settings.hpp"
#include "sluice/server/admin/admin.hpp"
#include "sluice/server/options/option_values.hpp"
#include "sluice/server/options/options.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/log_journal.hpp"
#include "sluice/server/service/server.hpp"
#include "sluice/server/service/service_manager.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <system_error>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

namespace sluice {

namespace {

enum exit_status : int { clean = 0, forced = 1, not_started = 2 };

sigset_t awaited_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const auto signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    ::sigaddset(&set, signal);
  return set;
}

/// Whether `signal` stops a server.
bool is_stop(int signal) noexcept {
  return signal == SIGTERM || signal == SIGINT;
}

/// Blocks the signals that a server takes in this thread and all that it starts, so that they can
/// be waited for.
class blocked_signals {
public:
  blocked_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error of its write
    const auto set = awaited_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;
  ~blocked_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  static int wait() {
    const auto set = awaited_signals();
    auto signal = 0;
    while (::sigwait(&set, &signal) == EINTR) {}
    return signal;
  }

  /// @returns 0 if none has come within `most`
  static int wait(std::chrono::nanoseconds most) {
    const auto set = awaited_signals();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(most);
    const std::timespec length{static_cast<std::time_t>(seconds.count()),
                               static_cast<long>((most - seconds).count())};
    return std::max(0, ::sigtimedwait(&set, nullptr, &length));
  }

private:
  sigset_t before_{};
};

const char* name_of(int signal) noexcept {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGHUP: return "SIGHUP";
    case SIGUSR1: return "SIGUSR1";
    default: return "SIGTERM";
  }
}

/// What can be read anew is: the log file is opened again, for whoever has moved it away.
void reload(int signal, log_journal& log) {
  if (const auto failure = log.reopen(); !failure.empty())
    log.report(severity::error,
               std::string{name_of(signal)} + ": " + failure + "; the log goes on where it was");
  else
    log.report(severity::information, std::string{name_of(signal)} + ": reloaded");
}

/// Connections give memory back and take it again all the time: the allocator is to keep what is
/// left to it, up to a bound. By default glibc returns it to the kernel at once where it is the
/// last of its kind, and each message of some KiB costs page faults.
void keep_freed_memory() noexcept {
#ifdef __GLIBC__
  constexpr auto most_kept = 16 * 1024 * 1024;   // octets of an arena
  constexpr auto largest_kept = 2 * 1024 * 1024; // octets of a block
  ::mallopt(M_TRIM_THRESHOLD, most_kept);
  ::mallopt(M_MMAP_THRESHOLD, largest_kept);
#endif
}

/// Ends the process at a second signal, while the first one's stop is under way.
class impatience {
public:
  explicit impatience(log_journal& log) : log_{log} {
    try {
      thread_ = std::thread{[this] { watch(); }};
    } catch (const std::system_error& failure) {
      log_.report(severity::warning,
                  std::string{"there is no thread to wait for a second signal: "} + failure.what());
    }
  }
  impatience(const impatience&) = delete;
  impatience& operator=(const impatience&) = delete;
  ~impatience() {
    if (!thread_.joinable())
      return;
    over_ = true;
    ::pthread_kill(thread_.native_handle(), SIGINT); // blocked like SIGTERM: ends its wait
    thread_.join();
  }

private:
  void watch() const {
    auto signal = 0;
    while (!is_stop(signal = blocked_signals::wait()))
      reload(signal, log_);
    if (over_)
      return;
    log_.report(severity::warning,
                std::string{"a second signal, "} + name_of(signal) + ": ending at once");
    log_.flush();
    ::_exit(forced);
  }

  log_journal& log_;

  std::atomic<bool> over_{false};
  std::thread thread_;
};

int fail(const std::string& why) {
  std::fprintf(stderr, "sluice: %s\n", why.c_str());
  return not_started;
}

/// The bound of one connection times the most connections; as much as can be counted if it is more.
std::uint64_t sum_of(std::uint64_t bound, std::uint64_t connections) noexcept {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return bound > most / connections ? most : bound * connections;
}

void announce(const server& running, const config& wishes) {
  const auto& [user, kernel] = running.bound();
  const auto threads = wishes.threads != 0
                         ? wishes.threads
                         : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  // Connections past the budget are refused, past their number they wait.
  const auto admitted = wishes.memory_budget == 0
                          ? wishes.max_connections
                          : std::min<std::uint64_t>(wishes.max_connections,
                                                    wishes.memory_budget / (user + kernel));
  std::printf(
    "sluice: listening on %s (%s%zu thread%s; a connection holds at most %s, %zu octets, and "
    "%s of kernel buffers; %zu connections %s)\n",
    running.url().c_str(), wishes.given_sockets.empty() ? "" : "given, so nothing was bound; ",
    threads, threads == 1 ? "" : "s", format_size(user).c_str(), user, format_size(kernel).c_str(),
    admitted, format_size(sum_of(user + kernel, admitted)).c_str());
  std::fflush(stdout);
}

std::string describe(const stop_report& forced) {
  return "stopped by force: " + std::to_string(forced.connections_dropped)
         + " connections dropped; of handlers " + std::to_string(forced.handlers_cancelled)
         + " were cancelled, " + std::to_string(forced.handlers_killed) + " killed, "
         + std::to_string(forced.handlers_left) + " left; " + std::to_string(forced.loops_left)
         + " event loops stuck; " + std::to_string(forced.actors_left) + " other actors and "
         + std::to_string(forced.connections_left) + " connections kept by the application";
}

/// Waits for a signal that stops the server, and takes others. Meanwhile a manager that wants to
/// know is told that the event loops turn.
int await_stop(server& running, log_journal& log, const service_manager& manager) {
  const auto pause = manager.watchdog() / 2;
  for (;;) {
    if (pause != std::chrono::microseconds::zero() && running.has_turned())
      manager.report_alive();
    const auto signal = pause == std::chrono::microseconds::zero() ? blocked_signals::wait()
                                                                   : blocked_signals::wait(pause);
    if (is_stop(signal))
      return signal;
    if (signal != 0)
      reload(signal, log);
  }
}

/// Who sends requests here is given time to learn that it should not.
void delay_stop(server& running, const config& wishes, log_journal& log) {
  running.announce_stop();
  if (wishes.drain_delay <= duration::zero())
    return;
  log.report(severity::information,
             "not ready any more; serving on for " + exact_duration(wishes.drain_delay));
  std::this_thread::sleep_for(wishes.drain_delay);
}

/// Serves until a signal comes, then stops.
int run(server& running, const config& wishes, log_journal& log, const service_manager& manager) {
  if (!wishes.given_sockets.empty())
    log.report(severity::information,
               "sockets were given (LISTEN_FDS): " + running.url()
                 + "; the address, the port and the path of the configuration are not bound");
  const auto console = wishes.admin.empty()
                         ? nullptr
                         : std::make_unique<admin>(wishes.admin, running.seen(), log);
  announce(running, wishes);
  if (console) {
    std::printf("sluice: metrics, stalls and health on %s\n", console->url().c_str());
    std::fflush(stdout);
  }
  manager.report_ready();
  const auto signal = await_stop(running, log, manager);
  const impatience second_signal{log};
  log.report(severity::information, std::string{name_of(signal)} + ": stopping");
  manager.report_stopping();
  delay_stop(running, wishes, log);
  const auto report = running.stop(wishes.drain_deadline);
  if (report.is_clean())
    log.report(severity::information, "stopped");
  else
    log.report(severity::warning, describe(report));
  if (!report.is_stuck())
    return report.is_clean() ? clean : forced;
  log.flush();
  ::_exit(forced); // what still runs uses the routes and the log: there is no way back
}

} // namespace

int serve(const config& wishes, const router& routes,
          const std::function<void(const server_view&)>& on_started) try {
  if (const auto wrong = validate(wishes); !wrong.empty())
    return fail(wrong);
  const auto manager = service_manager::from_environment();
  auto all = wishes;
  all.given_sockets.insert(all.given_sockets.end(), manager.sockets().begin(),
                           manager.sockets().end());
  const blocked_signals hold;
  keep_freed_memory();
  const auto log = log_journal::make(all);
  const time_source time;
  std::string error;
  const auto running = server::start(all, routes, *log, time, error);
  if (!running)
    return fail(error);
  if (on_started)
    on_started(running->seen());
  return run(*running, all, *log, manager);
} catch (const std::exception& failure) { // what could not be opened; no thread, no memory
  return fail(failure.what());
}

int serve(int argc, char** argv, const router& routes) {
  config wishes;
  options flags{argc > 0 ? argv[0] : "sluice",
                "An HTTP/1.1 and WebSocket server that stalls rather than buffers.", wishes};
  if (const auto status = flags.parse(argc, argv))
    return *status;
  return serve(wishes, routes);
}

} // namespace sluice

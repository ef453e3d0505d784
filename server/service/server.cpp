#include "sluice/server/service/server.hpp"

#include "sluice/actors/caf/scheduler.hpp"
#include "sluice/actors/connection/acceptor.hpp"
#include "sluice/actors/connection/flight_recorder.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/thread_quota.hpp"
#include "sluice/actors/http/http1_connection.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/net/peer_list.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/server/service/server_view.hpp"
#include "sluice/server/service/watch_thread.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sluice {

namespace {

/// One event loop with its thread and its share of the connections.
struct loop_unit {
  std::unique_ptr<counters> count = std::make_unique<counters>();
  std::unique_ptr<event_loop> loop;
  std::unique_ptr<flight_recorder> recorder; ///< null: nothing is recorded
  std::unique_ptr<loop_context> context;
  std::vector<std::unique_ptr<acceptor>> accepts; ///< one for each socket
  std::thread thread;
  std::unique_ptr<std::atomic<bool>> has_ended = std::make_unique<std::atomic<bool>>(false);
  /// False while a call that makes it true waits for its turn.
  std::unique_ptr<std::atomic<bool>> has_turned = std::make_unique<std::atomic<bool>>(true);
};

/// For what was killed, and for a loop that was told to end.
constexpr auto last_wait = std::chrono::seconds{1};

std::uint64_t random_number() {
  std::random_device source;
  return std::uint64_t{source()} << 32U | source();
}

std::size_t cores() noexcept {
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

struct system_config final : caf::actor_system_config {
  explicit system_config(std::size_t pool_threads) {
    load_scheduler(*this);
    sluice::add_message_types(*this);
    set("scheduler.max-threads", pool_threads);
  }
};

peer_list read_peers(const std::string& text) {
  auto read = peer_list::parse(text);
  if (!read)
    throw std::runtime_error{"trusted-peers: '" + text + "' is no list of addresses and networks"};
  return *std::move(read);
}

// What the server takes `wishes` for.
config with_room_for_messages(config wishes, const dispatcher& routes) {
  wishes.limits = with_room_for_messages(wishes.limits, routes.extremes());
  return wishes;
}

} // namespace

// Members are destroyed from the last to the first: the actor system before the loops, because
// CAF's threads may send to handlers and connections until it is gone. The loops are closed by
// then.
class server::impl {
public:
  impl(const config& wishes, const dispatcher& routes, journal& log, const time_source& time)
    : wishes_{with_room_for_messages(wishes, routes)},
      routes_{routes},
      log_{log},
      time_{time},
      trusted_{read_peers(wishes.trusted_peers)},
      quota_{wishes.max_connections},
      bound_{memory_bound(wishes.limits, routes.extremes()), kernel_bound(wishes.limits)},
      budget_{wishes.memory_budget, bound_.user + bound_.kernel},
      system_config_{wishes.pool_threads != 0 ? wishes.pool_threads
                                              : std::max<std::size_t>(2, cores())},
      system_{system_config_} {
    seen_.max_connections = wishes_.max_connections;
    seen_.memory_budget = wishes_.memory_budget;
    seen_.bound = bound_;
    seen_.loop_lag = wishes_.loop_lag;
  }

  ~impl() {
    watching_ = nullptr;
    join_loops();
    for (auto& unit : units_) {
      unit.loop->close();
      unit.context->connections.clear();
      unit.accepts.clear();
    }
  }

  /// Throws std::runtime_error, with a sentence for the user, when it can't.
  void start() {
    if (const auto failure = scheduler_failure(system_); !failure.empty())
      throw std::runtime_error{"there are no threads for CAF's scheduler: " + failure};
    if (const auto one = bound_.user + bound_.kernel;
        wishes_.memory_budget != 0 && wishes_.memory_budget < one)
      throw std::runtime_error{
        "the memory budget does not hold even one connection: its routes make it "
        + std::to_string(one) + " octets"};
    open_shared();
    const auto count = wishes_.threads != 0 ? wishes_.threads : cores();
    for (std::size_t i = 0; i < count; ++i)
      add_unit();
    std::string error = "there is no thread for an event loop: ";
    try {
      for (auto& unit : units_)
        unit.thread = std::thread{[&unit] {
          unit.loop->run();
          unit.has_ended->store(true);
        }};
      error = "the application can't start: ";
      is_application_started_ = true;
      routes_.start(system_);
      // Only now: nobody is served before the application is there.
      on_every_loop([](acceptor& accepts) { accepts.open(); });
      watch_loops();
      return;
    } catch (const std::exception& failure) {
      error += failure.what();
    } catch (...) {
      error += "something that is no std::exception was thrown";
    }
    stop_application();
    join_loops(); // who abandons this server leaves nothing behind that uses what is the caller's
    throw std::runtime_error{error};
  }

  stop_report stop(duration within) {
    announce_stop();
    auto report = drain(within);
    watching_ = nullptr; // before the log goes
    return report;
  }

  void announce_stop() noexcept { seen_.is = server_view::state::draining; }
  [[nodiscard]] const server_view& seen() const noexcept { return seen_; }

  /// Waits, for a moment, until the application holds nothing more, and reports what it holds.
  void await_application(stop_report& report) {
    wait_until(time_source{}, last_wait, [&] {
      const auto threads = detached_threads();
      report.actors_left = std::max(system_.registry().running(),
                                    threads - std::min(threads, report.handlers_left));
      report.connections_left = static_cast<std::size_t>(count().connections_kept.load());
      return report.actors_left == 0 && report.connections_left == 0;
    });
  }

  void wake() {
    for (auto& unit : units_)
      unit.loop->wake();
  }

  [[nodiscard]] bool has_turned() {
    auto all = true;
    for (auto& unit : units_) {
      auto& has = *unit.has_turned;
      if (!has.exchange(false)) {
        all = false;
        continue;
      }
      try {
        post_call(*unit.loop, [&has] { has.store(true); });
      } catch (const std::bad_alloc&) {
        has.store(true); // nothing was asked; the next look asks
      }
    }
    return all;
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] counters count() const noexcept { return seen_.count(); }
  [[nodiscard]] const connection_bound& bound() const noexcept { return bound_; }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

private:
  stop_report drain(duration within) {
    stop_report report;
    const auto killed_before = count().handlers_killed.load();
    shared_.clear(); // the loops' duplicates stay until what waits is taken
    for (const auto& unit : units_)
      for (const auto& accepts : unit.accepts) {
        accepts->turn_off(); // all, before the first looks for the last time
        ++undrained_;
      }
    on_every_loop([this](acceptor& all) {
      all.drain();
      --undrained_;
    });
    if (!wait_until_empty(within)) {
      const auto left = count();
      report.connections_dropped = static_cast<std::size_t>(left.connections_open.load());
      report.handlers_cancelled = static_cast<std::size_t>(left.handlers_running.load());
      on_every_loop([](acceptor& all) { all.drop_all(); });
      if (!wait_until_empty(wishes_.limits.cancel_grace)) {
        on_every_loop([](acceptor& all) { all.kill_handlers(); });
        wait_until_empty(last_wait);
      }
    }
    const auto last = count();
    report.handlers_killed = last.handlers_killed.load() - killed_before;
    report.handlers_left = static_cast<std::size_t>(last.handlers_running.load());
    for (auto& unit : units_)
      unit.loop->stop();
    report.loops_left = end_threads();
    // Handlers that are left may still use what the application would end.
    if (report.handlers_left == 0 && report.loops_left == 0)
      stop_application();
    await_application(report);
    return report;
  }

  // Without a thread for it a server goes on unwatched.
  void watch_loops() {
    try {
      watching_ = std::make_unique<watch_thread>(seen_, log_, time_);
    } catch (const std::system_error& failure) {
      log_.report(severity::warning,
                  std::string{"there is no thread to watch the event loops: "} + failure.what());
    }
  }

  void join_loops() {
    for (auto& unit : units_)
      if (unit.thread.joinable()) {
        unit.loop->stop();
        unit.thread.join();
      }
  }

  void stop_application() {
    if (!is_application_started_)
      return;
    try {
      routes_.stop();
    } catch (const std::exception& failure) {
      log_.report(severity::error, std::string{"the application's stop failed: "} + failure.what());
    } catch (...) {
      log_.report(severity::error, "the application's stop failed");
    }
  }

  void add_unit() {
    auto sockets = listen();
    loop_unit unit;
    unit.loop = event_loop::make(system_, time_, wishes_.limits.chunk_size);
    unit.context.reset(new loop_context{system_, *unit.loop, wishes_.limits, routes_, log_,
                                        *unit.count, &http1_connection::make});
    unit.context->threads = &detached_;
    unit.context->trusted = &trusted_;
    if (wishes_.limits.record_events != 0) {
      unit.recorder = std::make_unique<flight_recorder>(*unit.loop, wishes_.limits, log_);
      unit.context->recorder = unit.recorder.get();
      unit.context->observer = unit.recorder.get();
    }
    unit.context->last_request = random_number();
    for (auto& from : sockets)
      unit.accepts.push_back(
        std::make_unique<acceptor>(*unit.context, quota_, budget_, std::move(from)));
    seen_.loops.emplace_back(*unit.context);
    units_.push_back(std::move(unit));
  }

  void open_shared() {
    for (const auto descriptor : wishes_.given_sockets)
      shared_.push_back(listener::given(descriptor, wishes_.limits));
    if (shared_.empty() && !wishes_.unix_path.empty())
      shared_.push_back(listener::unix_path(wishes_.unix_path, wishes_.limits, wishes_.unix_mode));
    for (const auto& from : shared_)
      name(from);
  }

  /// The sockets of the next loop: a port has one for each loop, what is shared a duplicate.
  [[nodiscard]] std::vector<listener> listen() {
    std::vector<listener> sockets;
    for (const auto& from : shared_)
      sockets.push_back(from.duplicate());
    if (!shared_.empty())
      return sockets;
    sockets.push_back(listener::tcp(wishes_.address, units_.empty() ? wishes_.port : port_,
                                    units_.empty(), wishes_.limits));
    if (units_.empty())
      name(sockets.front());
    return sockets;
  }

  void name(const listener& from) {
    url_ += (url_.empty() ? "" : ", ") + from.url();
    if (port_ == 0)
      port_ = from.port();
  }

  template <class Call>
  void on_every_loop(Call call) {
    for (auto& unit : units_)
      for (auto& accepts : unit.accepts)
        post_call(*unit.loop, [call, &accepts = *accepts] { call(accepts); });
  }

  /// Waits until all have drained and nothing is left: before that a connection may still come.
  bool wait_until_empty(duration within) {
    return wait_until(time_, within, [this] {
      if (undrained_.load() != 0)
        return false;
      const auto left = count();
      return left.connection_actors == 0 && left.handlers_running == 0;
    });
  }

  /// Threads of detached actors, but those that CAF has for itself. Such a thread lives until the
  /// last handle of its actor is gone.
  [[nodiscard]] std::size_t detached_threads() noexcept {
    return system_.detached_actors() - own_detached_threads_;
  }

  /// Joins the loops that end; one whose handler blocks it can't be. @returns how many are left
  std::size_t end_threads() {
    wait_until(time_source{}, last_wait, [this] {
      return std::all_of(units_.begin(), units_.end(),
                         [](const loop_unit& unit) { return unit.has_ended->load(); });
    });
    std::size_t left = 0;
    for (auto& unit : units_)
      if (unit.has_ended->load()) {
        unit.thread.join();
        for (const auto& accepts : unit.accepts)
          accepts->close();
      } else {
        unit.thread.detach();
        ++left;
      }
    return left;
  }

  /// Looks now and then: nobody is waited for here but the drained.
  template <class Condition>
  static bool wait_until(const time_source& time, duration within, Condition holds) {
    const auto end = time.now() + within;
    while (!holds()) {
      if (time.now() >= end)
        return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
  }

  const config wishes_;
  const dispatcher& routes_;
  journal& log_;
  const time_source& time_;
  const peer_list trusted_;
  thread_quota detached_{wishes_.detached_threads};
  std::atomic<std::size_t> undrained_ = 0; ///< acceptors, once the stop has begun
  connection_quota quota_;
  const connection_bound bound_;
  memory_budget budget_;
  std::vector<listener> shared_; ///< what all loops accept from: given sockets, or a Unix socket
  std::string url_;
  std::uint16_t port_ = 0;
  std::vector<loop_unit> units_;
  system_config system_config_;
  caf::actor_system system_;
  const std::size_t own_detached_threads_ = system_.detached_actors();
  bool is_application_started_ = false;
  server_view seen_{time_};
  std::unique_ptr<watch_thread> watching_;
};

server::server(std::unique_ptr<impl> made) : impl_{std::move(made)} {}

std::unique_ptr<server> server::start(const config& wishes, const dispatcher& routes, journal& log,
                                      const time_source& time, std::string& error) {
  auto made = std::make_unique<impl>(wishes, routes, log, time);
  try {
    made->start();
  } catch (const std::runtime_error& failure) {
    error = failure.what();
    // An actor that the application holds would be waited for in vain.
    stop_report rest;
    made->await_application(rest);
    if (rest.is_stuck()) [[maybe_unused]]
      auto* abandoned = made.release();
    return nullptr;
  }
  error.clear();
  return std::unique_ptr<server>{new server{std::move(made)}};
}

server::~server() {
  stop(duration::zero());
  // What can't be ended would be waited for in vain: it is left to the process's end.
  if (is_stuck_) [[maybe_unused]]
    auto* abandoned = impl_.release();
}

std::string server::url() const {
  return impl_->url();
}

std::uint16_t server::port() const noexcept {
  return impl_->port();
}

const connection_bound& server::bound() const noexcept {
  return impl_->bound();
}

const server_view& server::seen() const noexcept {
  return impl_->seen();
}

void server::announce_stop() noexcept {
  impl_->announce_stop();
}

counters server::count() const noexcept {
  return impl_->count();
}

void server::wake() {
  impl_->wake();
}

bool server::has_turned() {
  return impl_->has_turned();
}

stop_report server::stop(duration within) {
  if (std::exchange(stopped_, true))
    return {};
  const auto report = impl_->stop(within);
  is_stuck_ = report.is_stuck();
  return report;
}

} // namespace sluice

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/server/options/config.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class dispatcher;
class journal;
struct server_view;

/// How a stop went.
struct stop_report {
  std::size_t connections_dropped = 0; ///< closed by force when the drain deadline had passed
  std::size_t handlers_cancelled = 0;  ///< handler actors still at work when it had passed
  std::size_t handlers_killed = 0;     ///< of all that were cancelled: outlived their grace period
  std::size_t handlers_left = 0;       ///< handler actors that did not even end when killed
  std::size_t loops_left = 0;          ///< event loops that a handler blocks for good
  std::size_t actors_left = 0;         ///< actors of the application that live on, and threads of
                                       ///< detached ones that have ended: a handle keeps both
  std::size_t connections_left = 0;    ///< connections that have ended and that the application
                                       ///< holds a handle of
  [[nodiscard]] bool is_clean() const noexcept {
    return connections_dropped == 0 && handlers_cancelled == 0 && handlers_killed == 0
           && !is_stuck();
  }
  /// Threads or actors are left that nobody can end but the process's end.
  [[nodiscard]] bool is_stuck() const noexcept {
    return handlers_left > 0 || loops_left > 0 || actors_left > 0 || connections_left > 0;
  }
};

/// A running server: an actor system, event loops on threads of their own, and what listens for
/// them.
class server {
public:
  /// Starts to listen and serve. `routes`, `log` and `time` outlive the server.
  /// @returns null, with a sentence for the user in `error`, when it can't: port in use, no such
  /// address, ...
  [[nodiscard]] static std::unique_ptr<server> start(const config& wishes, const dispatcher& routes,
                                                     journal& log, const time_source& time,
                                                     std::string& error);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Stops at once if `stop` was not called.
  ~server();

  /// Where it listens, as a URL: "http://127.0.0.1:8080" or "unix:/run/sluice.sock"; of several
  /// given sockets all, with commas between them.
  [[nodiscard]] std::string url() const;
  /// The port it got, the first of several; 0 on Unix sockets alone.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// What may be seen of it, from any thread: for an admin listener.
  [[nodiscard]] const server_view& seen() const noexcept;
  /// Says, to who looks, that the stop is near: it is not to be sent further requests. It serves on.
  void announce_stop() noexcept;
  /// What its event loops have counted so far.
  [[nodiscard]] counters count() const noexcept;
  /// The most that one connection can hold, with these settings and routes (S61).
  [[nodiscard]] const connection_bound& bound() const noexcept;
  /// Makes every event loop look at the time: call it after a driven time was advanced.
  void wake();
  /// Whether every event loop has made a turn since the call before: one that a handler blocks has
  /// not. For who watches; not beside `stop`.
  [[nodiscard]] bool has_turned();

  /// Stops gracefully (S59): no more accepting, current requests end with `Connection: close`,
  /// WebSockets get 1001; what is left after `within` is dropped. Blocks until nothing is left.
  stop_report stop(duration within);

private:
  class impl;
  explicit server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
  bool stopped_ = false;
  bool is_stuck_ = false; ///< impl_ is left to the process's end
};

} // namespace sluice

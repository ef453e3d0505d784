#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/testing/peer_view.hpp"
#include "sluice/actors/testing/scripted_client.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace caf {
class actor_system;
}

namespace sluice {
class dispatcher;
struct loop_context;
} // namespace sluice

namespace sluice::testing {

/// How a simulation runs.
struct simulation_options {
  settings limits{};
  /// The order in which those who could go on do: 0 is the order in which they became able to,
  /// which is that of a server with one loop; any other is drawn at random from it, and the same
  /// seed draws the same again.
  std::uint64_t seed = 0;
  /// What clients say of requests that they pass on is believed, as from config::trusted_peers.
  bool trusts_clients = false;
};

/// A service with scripted clients, on one thread and a driven clock. Connections, their
/// conversations and handlers are the real ones; only the kernel, and the clients behind it, are
/// played by a script that keeps to what Linux was seen to tell (actors/README.md). Nothing runs by
/// itself: `run`, `step` and `advance` let it.
///
///     simulation service{routes};
///     auto& client = service.connect();
///     client.send_request(sluice::method::post, "/upload", "hello");
///     service.run();
///     assert(client.response().content == "5");
class simulation {
public:
  /// `routes` outlives it, and its `start` runs. A handler that a route places on a thread of its
  /// own would run by itself: it runs on the pool here, which is this thread too.
  explicit simulation(const dispatcher& routes, const simulation_options& how = {});
  /// For Sluice's own tests.
  simulation(const dispatcher& routes, const simulation_options& how,
             const struct workings& inside);
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;
  /// Drops every connection, lets the handlers end, and runs the routes' `stop`.
  ~simulation();

  /// A new client, connected; it lives as long as the simulation.
  scripted_client& connect();

  /// Lets everybody work until all wait.
  void run();
  /// Lets one of those who can go on do one thing: an actor handles a message, or the kernel tells
  /// of what has come. @returns false if all wait
  bool step();
  /// Moves the clock, with a `run` at each time for which something is due.
  void advance(duration by);
  /// Begins a graceful stop (S59).
  void stop();

  [[nodiscard]] const counters& count() const noexcept;
  /// Handlers that have not ended.
  [[nodiscard]] std::size_t handlers_alive() const noexcept;
  /// Actors of the application: what handlers or the routes' `start` have spawned and not ended.
  [[nodiscard]] std::size_t actors_alive() const;
  [[nodiscard]] const std::vector<access_line>& accesses() const noexcept;
  /// What the server would log.
  [[nodiscard]] const std::vector<std::string>& reports() const noexcept;
  [[nodiscard]] std::uint64_t seed() const noexcept;
  /// For actors of the test's own.
  [[nodiscard]] caf::actor_system& system() noexcept;
  /// For Sluice's own tests: what its connections share, and the clock, which they move without
  /// letting anybody work.
  [[nodiscard]] loop_context& inside() noexcept;
  [[nodiscard]] driven_time& clock() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace sluice::testing

#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/testing/peer_view.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace caf {
class actor_system;
}

namespace sluice {
class dispatcher;
}

namespace sluice::testing {

/// One real connection, its conversation and its handlers, on one thread and a driven clock: only
/// the kernel and the client behind it are played by a script. Nothing runs by itself: `run` and
/// `advance` let the loop work until everybody waits. The script keeps to what Linux was seen to
/// tell (actors/README.md): a FIN waits behind octets that find no room, a closed peer answers the
/// next octets with a reset, a vanished one with nothing.
///
///     connection_fixture connection{routes};
///     connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
///     connection.run();
///     assert(connection.peer().received.ends_with("hello"));
class connection_fixture {
public:
  /// `routes` outlives the fixture. It is a simulation with one client: for tests that speak of
  /// octets alone.
  explicit connection_fixture(const dispatcher& routes, const settings& limits = {});
  connection_fixture(const connection_fixture&) = delete;
  connection_fixture& operator=(const connection_fixture&) = delete;
  /// Drops the connection and lets its handlers end.
  ~connection_fixture();

  // -- the client ---------------------------------------------------------------

  /// Sends; what finds no room in the server's kernel waits at the client, in order.
  void send(std::string_view octets);
  /// Shuts down its sending side, behind what waits.
  void shutdown_write();
  /// Closes: behind what waits comes the end, and whatever we send later is answered by a reset.
  /// With octets of ours unread this resets, as TCP does.
  void close();
  void reset();
  /// Its host is gone: nothing is heard of it again.
  void vanish();
  /// The kernel gives a vanished host up (TCP_USER_TIMEOUT, keepalive).
  void time_out();
  void stop_reading();
  void read_on();

  // -- the server ---------------------------------------------------------------

  /// Lets everybody work until all wait.
  void run();
  /// Moves the clock, with a `run` at each time for which something is due.
  void advance(duration by);
  /// Stops gracefully (S59).
  void drain();

  [[nodiscard]] const peer_view& peer() const noexcept;
  /// Octets that wait in the server's kernel: what it has not read.
  [[nodiscard]] std::size_t in_kernel() const noexcept;
  /// Octets of these that it has looked at, each as often as it has.
  [[nodiscard]] std::size_t peeked() const noexcept;
  /// Whether the socket is open, and whether the connection's actor is there.
  [[nodiscard]] bool is_open() const noexcept;
  [[nodiscard]] bool is_alive() const noexcept;
  [[nodiscard]] const counters& count() const noexcept;
  [[nodiscard]] const std::vector<access_line>& accesses() const noexcept;
  [[nodiscard]] const std::vector<std::string>& reports() const noexcept;
  /// For actors of the test's own.
  [[nodiscard]] caf::actor_system& system() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace sluice::testing

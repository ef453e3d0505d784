#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace caf {
class actor_system;
}

namespace sluice::testing {

/// What a handler asked its connection to send.
using sent_message = std::variant<respond, begin_response, response_content, end_response,
                                  send_message, send_close>;

/// What a handler said in the log.
struct log_line {
  severity level = severity::information;
  std::string text;
};

/// Runs one handler without a socket: its connection is a stand-in that the test directs. Nothing
/// runs by itself: `run`, `step` and `advance` let the actors work, in a fixed order on the
/// caller's thread, whatever placement the endpoint asks for. The stand-in counts credit and
/// refuses as a connection does, but stays with its handler after the response; it judges no
/// fields, lengths or UTF-8 and has no deadlines.
///
///     handler_fixture client;
///     client.start({"/count", endpoint::protocol::http, exchange_handler{count_octets}});
///     client.deliver("hello");
///     client.end_content();
///     client.run();
///     assert(client.sent_content() == "5");
class handler_fixture {
public:
  handler_fixture();
  handler_fixture(const handler_fixture&) = delete;
  handler_fixture& operator=(const handler_fixture&) = delete;
  /// Kills the handler if it is still alive.
  ~handler_fixture();

  /// Spawns the handler, which does not run yet; once for each fixture.
  /// @pre target.handler is not a function_handler
  void start(endpoint target, request head = {});

  // What the client does. Data waits until what came before is acknowledged.

  void deliver(std::variant<chunk, message> next);
  /// A chunk or a text message, as the endpoint's protocol has it.
  void deliver(std::string_view content);
  /// The content is complete: `end_of_content` follows the last acknowledgement.
  void end_content(fields trailers = {});
  /// The client's Close: `closed` follows the last acknowledgement.
  void close(closed event = {});
  /// The connection is lost, or given up: nothing more is delivered, no sender is kept waiting.
  void cancel(cancel_reason reason);
  /// Nothing that the handler sends is acknowledged until `peer_reads`.
  void peer_stops_reading();
  void peer_reads();

  /// The server begins to stop: a handler that waits for that is told.
  void stop();

  /// Lets all actors work until each waits for something.
  void run();
  /// Lets one actor handle one message. @returns false if there was nothing to do
  bool step();
  /// Moves the clock, with a `run` wherever a delay is due.
  void advance(duration by);

  /// What came of it so far.
  struct record {
    bool wants_content = false; ///< the handler has asked for content
    bool is_stalled = false;  ///< a chunk or message is not acknowledged: no connection would read
    bool is_finished = false; ///< the response is complete (S50), or a Close was sent
    std::vector<sent_message> sent;
    std::vector<refusal> refused; ///< what the handler sent in vain
    std::vector<log_line> log;    ///< what it said in the log, whatever the level
    caf::error rejection;   ///< the handler's answer to a chunk or message, if it was an error
    caf::actor handler;     ///< null when it has ended
    caf::error exit_reason; ///< of the handler; none for an orderly end
  };
  [[nodiscard]] const record& seen() const noexcept;
  [[nodiscard]] bool is_stalled() const noexcept { return seen().is_stalled; }
  [[nodiscard]] bool handler_alive() const noexcept { return seen().handler != nullptr; }
  [[nodiscard]] const std::vector<sent_message>& sent() const noexcept { return seen().sent; }
  /// The content of all that was sent, as one.
  [[nodiscard]] std::string sent_content() const;
  /// For actors of the test's own.
  [[nodiscard]] caf::actor_system& system() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace sluice::testing

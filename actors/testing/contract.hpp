#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/method.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice {
class dispatcher;
}

namespace sluice::testing {

/// What a contract check does with a route: an exchange that its handler brings to an end.
struct contract_subject {
  std::string target;                  ///< as a request has it, parameters filled in
  sluice::method method = method::get; ///< unused for a WebSocket
  sluice::fields fields{};
  /// The content, piece by piece, or the messages of a WebSocket; may be none.
  std::vector<std::string> pieces{};
  bool is_web_socket = false;
  /// How long the handler may take, by its own delays and deadlines, once it has everything.
  duration patience = std::chrono::minutes{1};
  settings limits{};
};

/// What a handler broke, in words; each names what the client did.
struct contract_report {
  std::size_t played = 0; ///< scenes
  std::vector<std::string> broken;
  [[nodiscard]] bool holds() const noexcept { return broken.empty(); }
  /// All of it, for a test's message.
  [[nodiscard]] std::string text() const;
};

/// Plays a handler through the matrix of what clients do: one that sends all at once, and one piece
/// by piece with pauses; one that goes away (by a reset, by closing, by shutting down its side) at
/// every step; one that falls silent, until a deadline ends its request; one that does not read;
/// and a server that stops in the middle. A handler keeps the contract if
/// - it completes its response, or closes its WebSocket when the client does;
/// - it neither leaves content unread without an answer nor lets its deadline pass;
/// - it handles no data after it was cancelled, and ends then within its grace period;
/// - it sends nothing that is refused, and so does not send without waiting to a client that does
///   not read;
/// - no actor that it spawned outlives it.
/// Start-up hooks of `routes` run for each scene.
[[nodiscard]] contract_report check_contract(const dispatcher& routes,
                                             const contract_subject& subject);

} // namespace sluice::testing

#pragma once

#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/memory/fifo.hpp"
#include "sluice/protocol/websocket/session.hpp"

#include <cstddef>
#include <optional>

namespace sluice {

class connection;

/// What a WebSocket sends: messages, in fragments of which one at a time is in the connection's
/// output, and control frames between them (S33). What waits is promised to the output.
class web_socket_output {
public:
  /// Both outlive it.
  web_socket_output(connection& on, websocket::session& engine) noexcept
    : on_{on}, engine_{engine} {}

  /// Takes a message for the client; `from` is answered once it has left (S49). @returns why not,
  /// if it was not taken
  [[nodiscard]] std::optional<refusal> queue(message& content, const asker& from);
  [[nodiscard]] bool empty() const noexcept { return outgoing_.empty(); }
  /// Moves fragments to the connection's output while that is below the low-water mark.
  void write_waiting();
  /// Moves all that waits.
  void flush();
  /// Moves the engine's control frames. @returns false if they find no room
  [[nodiscard]] bool push_control();
  /// Nothing of what waits will be sent: answers whoever waits for it (S49).
  void drop();

private:
  /// A message on its way to the client, and who waits for it.
  struct outgoing {
    message content;
    std::size_t offset = 0; ///< octets that are already in the output
    asker from;
  };

  void write_fragment(std::size_t most);
  void write_plain(outgoing& next, std::size_t size, bool is_end, bool is_final);
  void write_compressed(message_kind kind, octet_view content, bool is_final);

  connection& on_;
  websocket::session& engine_;
  fifo<outgoing> outgoing_;
  std::size_t promised_ = 0; ///< to the output, for what is in outgoing_
  /// The kind of the message whose next part the handler owes, if it sends one in parts.
  std::optional<message_kind> in_parts_;
  bool is_between_fragments_ = false; ///< of the message that is being written
  bool is_compressing_ = false;       ///< that message
};

} // namespace sluice

#pragma once

#include "actors/access_entry.hpp"
#include "actors/conversation.hpp"
#include "actors/fifo.hpp"
#include "actors/handler/endpoint.hpp"
#include "actors/messages.hpp"
#include "protocol/websocket/session.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace sluice {

class socket_actor;

// States of the closing handshake: open -> close_sent (ours first) or close_received (the client's
// first; the answer is queued at once) -> over. While open, messages go to the handler one at a
// time; while the slot is full, frames are parsed up to the look-ahead, so that Ping and Close are
// answered, and the messages among them are parked.

// A plain function has no slot to fill: it is called at once, or, while much of what it answered
// before waits to leave, once that has left. Until then its message is parked, and nothing is read.

/// A WebSocket on one connection, after its opening handshake.
class web_socket_conversation final : public conversation {
public:
  /// Spawns the handler. `entry`: the access log's entry of the handshake, which this WebSocket
  /// completes. `deflate`: permessage-deflate as it was agreed
  web_socket_conversation(socket_actor& socket, const endpoint& target, const request& head,
                          access_entry entry,
                          const std::optional<websocket::deflate_options>& deflate);

  std::size_t appetite() const override;
  std::size_t consume(octet_view input) override;
  void after_input() override;
  void on_end_of_stream() override;
  bool is_truncated(octet_view kept) override;
  void on_handler_message(caf::mailbox_element& element, const asker& from) override;
  void on_acknowledged() override;
  void on_rejected(const caf::error& why) override;
  void on_handler_down(const caf::error& why, bool was_cancelled) override;
  void fill_output() override;
  std::size_t unsent() const override;
  std::optional<wait> awaited() const override;
  duration patience(wait which) const override;
  std::uint64_t rate(wait which) const override;
  void on_deadline(wait which) override;
  void on_drain() override;
  void on_gone(cancel_reason reason) override;

private:
  /// A message on its way to the client, and who waits for it.
  struct outgoing {
    message content;
    std::size_t offset = 0; ///< octets that are already in the output queue
    asker from;
  };

  [[nodiscard]] std::size_t for_a_message() const;
  void on_event(websocket::session_event event, const std::error_code& error);
  void on_message(websocket::message_data next);
  void on_send(message& content, const asker& from);
  [[nodiscard]] bool can_take() const;
  void take(message&& said);
  void take_parked();
  void call_function(const message& said);
  void fail_function(std::string_view what);
  [[nodiscard]] std::optional<refusal> queue(message& content, const asker& from);
  void write_waiting();
  void write_fragment(std::size_t most);
  void write_compressed(message_kind kind, octet_view content, bool is_final);
  void push_control();
  void drop_outgoing();
  void start_close(close_code code, std::string_view reason);
  void end_if_closed();
  void probe_when_stalled();
  void report_failure(std::string_view what) const;

  socket_actor& socket_;
  const endpoint& target_;
  const message_handler* function_ = nullptr; ///< if the handler is one
  std::unique_ptr<const request> head_;       ///< for it
  websocket::session session_;
  access_entry entry_;
  fifo<message> parked_;  ///< parsed ahead of a full slot
  std::size_t ahead_ = 0; ///< octets consumed since the slot was last filled, while it is full
  bool closed_is_sent_ = false;    ///< the handler was told of the client's Close
  bool is_over_ = false;           ///< no octet is wanted any more
  bool between_fragments_ = false; ///< of the message that is being written
  /// The kind of the message whose next part the handler owes, if it sends one in parts.
  std::optional<message_kind> in_parts_;
  bool is_compressing_ = false; ///< the message whose fragments are being written
  fifo<outgoing> outgoing_;
  std::size_t unsent_ = 0; ///< octets that outgoing_ holds
};

} // namespace sluice

#pragma once

#include "sluice/actors/connection/access_entry.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/memory/fifo.hpp"
#include "sluice/protocol/websocket/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

class socket_actor;

// How a WebSocket ends (advance() takes every step):
// - open: messages go to the handler one at a time; while the slot is full, frames are parsed up to
//   the look-ahead, so that Ping is answered and Close is seen, and the messages among them are
//   parked. -> ours, theirs or failing.
// - ours: our Close was sent first; the client's is awaited. -> theirs, or over at the deadline.
// - theirs: the client's Close has come. Nothing more is read; what came before it is delivered and
//   answered. All acknowledged -> told; the handler gone or cancelled -> over.
// - told: the handler knows of the client's Close and may send its last words. It has ended, was
//   cancelled, or the deadline has come -> over.
// - failing: the client broke the protocol. As theirs, but then the handler is cancelled -> over.
// - over: both Closes are done with; what is queued leaves, then TCP ends.
// In theirs, told and failing our Close is owed. It is sent on the way to over, behind all answers,
// or once the deadline has come: from then on sends do nothing, and in theirs the rest is delivered
// all the same (S38).

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
  void on_truncated() override;
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
  /// Most payload data in one outgoing frame, so that control frames get between (S33).
  static constexpr std::size_t fragment_size = 64 * 1024;

  enum class ending : std::uint8_t { open, ours, theirs, told, failing, over };

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
  void pay_close();
  void flush_outgoing();
  [[nodiscard]] bool owes_close() const noexcept;
  void expect_answers();
  void restart_close_answer();
  void advance();
  void fail();
  void end();
  void probe_when_stalled();
  void probe();
  void on_answers_overdue();
  void report_failure(std::string_view what) const;

  socket_actor& socket_;
  const endpoint& target_;
  const message_handler* function_ = nullptr; ///< if the handler is one
  std::unique_ptr<const request> head_;       ///< for it
  websocket::session session_;
  access_entry entry_;
  fifo<message> parked_;  ///< parsed ahead of a full slot
  std::size_t ahead_ = 0; ///< octets consumed since the slot was last filled, while it is full
  ending ending_ = ending::open;
  cancel_reason broken_ = cancel_reason::protocol_error; ///< how, while failing
  bool between_fragments_ = false;                       ///< of the message that is being written
  /// The kind of the message whose next part the handler owes, if it sends one in parts.
  std::optional<message_kind> in_parts_;
  bool is_compressing_ = false; ///< the message whose fragments are being written
  fifo<outgoing> outgoing_;
  std::size_t unsent_ = 0; ///< octets that outgoing_ holds
};

} // namespace sluice

#pragma once

#include "sluice/actors/connection/access_entry.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/connection/stream.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/websocket/web_socket_output.hpp"
#include "sluice/protocol/memory/fifo.hpp"
#include "sluice/protocol/websocket/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace sluice {

class connection;

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
class web_socket_conversation final : public conversation, private stream_user {
public:
  /// `deflate`: permessage-deflate as it was agreed. The others outlive it.
  web_socket_conversation(connection& on, const endpoint& target,
                          const std::optional<websocket::deflate_options>& deflate);
  ~web_socket_conversation() override;
  /// Starts the handler. Throws std::system_error if it needs a thread and there is none.
  void start(request&& head);
  /// Completes the access log's entry of the handshake.
  void take_over(access_entry entry);

  appetite wanted() const override;
  void consume() override;
  void on_end_of_stream() override;
  bool is_truncated() override;
  void on_truncated() override;
  void fill_output() override;
  std::optional<wait> awaited() const override;
  terms terms_of(wait which) const override;
  route_tally* tally_of(wait) noexcept override { return &route_.seen; }
  void on_deadline(wait which) override;
  const endpoint* route() const noexcept override { return &target_; }
  void describe(stall& into) const override;
  void on_drain() override;
  void on_gone(cancel_reason reason) override;

private:
  enum class ending : std::uint8_t { open, ours, theirs, told, failing, over };

  void on_handler_message(const mail& said, const asker& from) override;
  void on_acknowledged() override;
  void on_rejected(const caf::error& why) override;
  void on_handler_down(const caf::error& why, bool was_cancelled) override;

  [[nodiscard]] std::size_t for_a_message() const;
  void on_event(websocket::session_event event, const std::error_code& error);
  void on_message(websocket::message_data next);
  void on_send(message& content, const asker& from);
  [[nodiscard]] bool can_take() const;
  void take(message&& said);
  void take_parked();
  void call_function(const message& said);
  void fail_function(std::string_view what);
  void on_close(const send_close& wish, const asker& from);
  void push_control();
  void start_close(close_code code, std::string_view reason);
  void pay_close();
  [[nodiscard]] bool owes_close() const noexcept;
  void expect_answers();
  void restart_close_answer();
  void advance();
  void fail();
  void end();
  void probe_when_stalled();
  void probe();
  void on_answers_overdue();
  void log_access(std::uint64_t sent, std::string_view outcome) const;
  void report_failure(std::string_view what) const;
  /// The handler, if it is a plain function.
  [[nodiscard]] const message_handler* function() const noexcept {
    return std::get_if<message_handler>(&target_.handler);
  }

  connection& on_;
  const endpoint& target_;
  settled_route& route_;
  std::unique_ptr<const request> head_; ///< for a plain function
  websocket::session session_;
  web_socket_output output_;
  stream stream_;
  access_entry entry_;
  fifo<message> parked_;  ///< parsed ahead of a full slot
  std::size_t ahead_ = 0; ///< octets consumed since the slot was last filled, while it is full
  ending ending_ = ending::open;
  cancel_reason broken_ = cancel_reason::protocol_error; ///< how, while failing
};

} // namespace sluice

#pragma once

#include "sluice/actors/connection/client_credit.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/connection/deadlines.hpp"
#include "sluice/actors/connection/handler_link.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/output_queue.hpp"
#include "sluice/actors/connection/send_window.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/net/transport.hpp"
#include "sluice/protocol/memory/fifo.hpp"

#include <caf/local_actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct endpoint;
struct request;

/// Whoever keeps a loop's connections alive and wants to know when one ends.
class connection_owner {
public:
  virtual ~connection_owner() = default;
  /// The socket is closed; its actor may still wait for its handler.
  virtual void on_socket_closed() = 0;
  /// The actor has ended; the owner drops its reference, which may destroy it.
  virtual void on_connection_ended(class socket_actor& which) = 0;
};

// Phases: open -> finishing (finish: the last octets leave, what comes is discarded) -> lingering
// (our side is shut down, what comes is discarded) -> closed (the socket is gone, the handler is
// not) -> ended. `fail` and `drop` go to closed at once.

/// One peer: moves octets between its socket and its conversation, and messages between the
/// conversation and the handler. Pinned to its event loop: whoever sends it a message, it is run
/// there, one at a time.
class socket_actor final : public caf::local_actor,
                           public caf::dynamically_typed_actor_base,
                           public pinned_actor,
                           public io_handler,
                           private timer {
public:
  using signatures = caf::none_t;

  socket_actor(caf::actor_config& config, loop_context& context, connection_owner& owner,
               std::unique_ptr<transport> stream, std::string peer);
  ~socket_actor() override;

  // -- for its owner ------------------------------------------------------------

  /// Starts to watch the stream. @returns false if the kernel refuses; the actor has ended then
  [[nodiscard]] bool open();
  void drain();
  /// Closes at once, with the handler cancelled, and those that still work after their answer.
  void drop(cancel_reason reason);
  /// Kills every handler that still runs.
  void kill_handlers();

  // -- for its conversation -----------------------------------------------------

  [[nodiscard]] loop_context& shared() noexcept { return context_; }
  [[nodiscard]] const settings& limits() const noexcept { return context_.limits; }
  [[nodiscard]] handler_link& link() noexcept { return link_; }
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  [[nodiscard]] bool is_draining() const noexcept { return draining_; }
  /// Whether octets of the peer wait, here or in the kernel.
  [[nodiscard]] bool has_unread() const noexcept;
  /// What the kernel holds for us, without taking it.
  [[nodiscard]] std::vector<std::byte> peek(
    std::size_t most = std::numeric_limits<std::size_t>::max()) const;
  [[nodiscard]] std::size_t readable() const noexcept { return transport_->readable(); }
  /// Whether so much waits to be sent that the peer is not to be read: what it asks for, an answer
  /// to a Ping even, would find no room (S31).
  [[nodiscard]] bool is_flooded() const noexcept;
  /// Whether the peer has closed: nobody is there for an answer. Only Unix sockets tell.
  [[nodiscard]] bool is_peer_gone() const noexcept { return peer_gone_; }
  [[nodiscard]] const output_queue& output() const noexcept { return output_; }

  /// Whether `octets` more of unsent data are within the cap (S47).
  [[nodiscard]] bool admits(std::size_t octets) const noexcept;
  /// Whether `octets` may start a response: what is left of the responses before it, at most
  /// low_water, takes no room from it.
  [[nodiscard]] bool admits_first(std::size_t octets) const noexcept {
    return octets <= context_.limits.output_cap;
  }
  void write(std::string text);
  void write(octets run);
  /// Where text may be appended instead; `wrote` sends it (output_queue).
  [[nodiscard]] std::string& tail() { return output_.tail(); }
  void wrote();
  /// Lets what is queued wait for what the handler sends next: until the next write, or until the
  /// loop has run the messages that wait now (S51).
  void hold_output();
  /// Queues control octets, which may use the reserve. @returns false if even that is full: nothing
  /// is queued
  [[nodiscard]] bool write_control(std::string text);

  void answer(const asker& to);
  void answer(const asker& to, caf::error why);
  /// Answers once everything queued so far has left (S49).
  void answer_when_sent(asker to);

  /// The conversation is over: send what is queued, shut down, wait for the peer's end, close
  /// (S22).
  void finish();
  /// Closes so that the peer sees truncation.
  void fail(cancel_reason reason);
  /// Closes without waiting, after the last octet. @pre nothing is queued
  void close_now(cancel_reason reason);

  [[nodiscard]] deadlines& clocks() noexcept { return deadlines_; }
  /// Somebody who is waited for has moved: its deadline starts anew.
  void note_progress(wait which) noexcept { progress_ |= 1U << static_cast<unsigned>(which); }
  /// The client has sent `octets` of content, or of a message.
  void note_content(std::size_t octets) noexcept {
    content_credit_.on_octets(octets);
    note_progress(wait::content);
  }
  /// A new message of the client has started: its time is whole.
  void renew_content_credit() noexcept;
  /// A new request has started: whether its content can still come is an open question.
  void judge_truncation_anew() noexcept { truncation_checked_ = false; }
  /// Cancels the handler, if there is one that was not cancelled before, and gives it its grace
  /// period.
  void cancel_handler(cancel_reason reason);
  /// Spawns a handler for `head`. Throws std::system_error if it needs a thread and there is none.
  void attach_handler(const endpoint& target, request&& head);

  // -- overridden -----------------------------------------------------------------

  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override;
  void launch(caf::execution_unit* unit, bool lazy, bool hide) override;
  const char* name() const override { return "sluice.connection"; }
  void receive(caf::mailbox_element_ptr element) override;
  caf::strong_actor_ptr keep_alive() override { return caf::strong_actor_ptr{ctrl()}; }
  void on_ready(std::uint32_t events) override;

private:
  enum class phase : std::uint8_t { open, finishing, lingering, closed, ended };
  /// Until what memory was refused for is tried again.
  static constexpr duration without_memory = std::chrono::milliseconds{10};
  /// Runs `step` as the actor: what it is sent meanwhile is queued (S9), and accounts are settled
  /// at the end.
  template <class Step>
  void take_turn(Step step);
  void wind_up();
  void give_up();

  void on_due(time_point now) override;
  [[nodiscard]] bool may_queue(std::size_t octets) const noexcept;
  void on_message(caf::mailbox_element& element);
  void on_response(caf::mailbox_element& element);
  void on_down(const caf::actor_addr& who, const caf::error& why);
  void give_slot_back();
  void pump();
  [[nodiscard]] static cancel_reason reason_of(const std::error_code& error) noexcept;
  /// How many octets can be read now, and be taken.
  [[nodiscard]] std::size_t feedable() const;
  void feed_kept();
  void feed_from_socket(std::size_t appetite);
  [[nodiscard]] std::size_t feed(octet_view input);
  void continue_later();
  void look_for_truncation();
  void on_expired(wait which);
  void on_grace_over(wait which);
  void discard_input();
  void on_hang_up();
  void flush();
  void release_sent();
  [[nodiscard]] bool has_nothing_to_send() const noexcept;
  void settle();
  void switch_account(std::optional<wait> next);
  void close_account(std::optional<wait> next);
  [[nodiscard]] duration time_for(wait which);
  [[nodiscard]] client_credit* credit_of(wait which) noexcept;
  void arm_timer();
  void leave(cancel_reason reason, bool abruptly);
  void settle_debts();
  [[nodiscard]] bool owes_anything() const noexcept { return owed_.end || owed_.kills; }
  void end_if_done();
  void end();

  loop_context& context_;
  connection_owner& owner_;
  std::unique_ptr<transport> transport_;
  std::string peer_;
  handler_link link_;
  std::unique_ptr<conversation> conversation_;
  phase phase_ = phase::open;
  bool running_ = false;
  bool draining_ = false;
  bool readable_ = false;                     ///< the kernel may have octets for us
  bool writable_ = true;                      ///< the kernel may take octets from us
  bool peer_shut_ = false;                    ///< the peer has shut down its side
  bool peer_gone_ = false;                    ///< both of its sides
  bool end_seen_ = false;                     ///< its end of stream was read
  bool holds_output_ = false;                 ///< queued octets wait for those of the same round
  bool changes_nothing_ = false;              ///< the step that was taken; it leaves nothing to do
  bool continues_ = false;                    ///< a continuation of pump is queued on the loop
  bool truncation_checked_ = false;           ///< what the peer sent before it shut down was judged
  std::atomic<std::size_t> queued_{0};        ///< messages that wait in the loop's queue
  std::atomic<std::size_t> queued_octets_{0}; ///< for the output, in these messages
  std::atomic<std::size_t> held_octets_{0};   ///< unsent, as senders on other threads may know it
  std::vector<std::byte> kept_;               ///< read and not consumed
  std::size_t kept_offset_ = 0;               ///< of kept_, already consumed
  output_queue output_;
  send_window window_;
  struct unsent_answer {
    std::uint64_t position;
    asker to;
  };
  fifo<unsent_answer> answers_;
  std::uint64_t discarded_ = 0;
  deadlines deadlines_;
  client_credit content_credit_;
  client_credit write_credit_;
  std::optional<wait> awaited_;
  [[nodiscard]] bool has_moved(wait which) const noexcept {
    return (progress_ & (1U << static_cast<unsigned>(which))) != 0;
  }
  unsigned progress_ = 0; ///< a bit for each wait whose time starts anew
  /// The wait that octets on their way have interrupted, and what is left of its time.
  std::optional<std::pair<wait, duration>> interrupted_;
  /// What could not be said for want of memory, and is tried again.
  struct {
    std::optional<cancel_reason> end; ///< that the connection has ended, to the handler, and why
    bool last_words = false;          ///< of the conversation
    bool to_formers = false;          ///< that they are to end
    bool kills = false;               ///< of all handlers
  } owed_;
};

} // namespace sluice

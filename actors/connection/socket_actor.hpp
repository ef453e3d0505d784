#pragma once

#include "sluice/actors/connection/backlog.hpp"
#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/connection/mail.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/net/transport.hpp"

#include <caf/local_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// The owner of a loop's connections: keeps them alive, and is told when one ends.
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

/// One peer: moves octets between its socket and its conversation, and messages between handlers
/// and who uses their streams. Pinned to its event loop: whoever sends it a message, it is run
/// there, one at a time.
class socket_actor final : public caf::local_actor,
                           public caf::dynamically_typed_actor_base,
                           public connection,
                           public roster::entry,
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

  // -- for who wants to see ------------------------------------------------------

  /// Whom it waits for, if for anybody.
  [[nodiscard]] std::optional<open_wait> awaited() const noexcept { return clocks_.awaited(); }
  [[nodiscard]] const endpoint* route() const noexcept { return conversation_->route(); }
  void describe(stall& into) const;
  /// Calls with each actor whose reply one of its handlers waits for.
  template <class Call>
  void for_each_asked(Call call) const {
    streams_.for_each_asked(call);
  }

  // -- for its conversation -----------------------------------------------------

  void hold_output() override;
  void finish() override;
  void fail(cancel_reason reason) override { leave(reason, true); }
  void close_now(cancel_reason reason) override { leave(reason, false); }

  // -- overridden -----------------------------------------------------------------

  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override;
  void launch(caf::execution_unit* unit, bool lazy, bool hide) override;
  const char* name() const override { return "sluice.connection"; }
  void receive(caf::mailbox_element_ptr element) override;
  caf::strong_actor_ptr keep_alive() override { return caf::strong_actor_ptr{ctrl()}; }
  void on_ready(readiness what) override;

private:
  enum class phase : std::uint8_t { open, finishing, lingering, closed, ended };

  /// How the steps of this actor follow each other.
  struct turn {
    bool is_running = false;      ///< a step is being taken: what the actor is sent is queued (S9)
    bool changes_nothing = false; ///< the step that was taken; it leaves nothing to do
    bool continues = false;       ///< the next one is queued on the loop
  };

  /// What could not be said for want of memory, and is tried again.
  struct debts {
    std::optional<cancel_reason> end; ///< that the connection has ended, to the handlers, and why
    bool last_words = false;          ///< of the conversation
    bool to_detached = false;         ///< that they are to end
    bool kills = false;               ///< of all handlers
    [[nodiscard]] bool are_any() const noexcept { return end || kills; }
  };

  /// Runs `step` as the actor, and what it leaves to do.
  template <class Step>
  void take_turn(Step step);
  void wind_up();
  void give_up();

  void on_due(time_point now) override;
  void on_mail(const mail& said);
  void on_request(const mail& said);
  void on_response(const mail& said);
  void on_down(const caf::actor_addr& who, const caf::error& why);

  [[nodiscard]] appetite wanted() const;
  void pump();
  void read(appetite most);
  void consume();
  void discard_input();
  void judge_end();
  void on_hang_up();
  void flush();
  void send_queued();
  void release_sent();
  void continue_later();

  void settle();
  void on_expired(wait which);

  void leave(cancel_reason reason, bool abruptly);
  void settle_debts();
  void end_if_done();
  void end();

  connection_owner& owner_;
  std::unique_ptr<transport> transport_;
  std::unique_ptr<conversation> conversation_;
  backlog backlog_;
  phase phase_ = phase::open;
  turn turn_;
  bool is_writable_ = true; ///< the kernel may take octets from us
  debts owed_;
};

} // namespace sluice

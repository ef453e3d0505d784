#pragma once

#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/connection/send_window.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/messages/slot.hpp"
#include "sluice/actors/testing/handler_fixture.hpp"

#include <caf/local_actor.hpp>
#include <caf/scoped_execution_unit.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace sluice {
struct mail;
}

namespace sluice::testing {

/// Stands in for the socket actor: the same slot and cap, a script instead of a socket. Like the
/// socket actor it handles each message where it is sent.
class scripted_connection final : public caf::local_actor,
                                  public caf::dynamically_typed_actor_base,
                                  private journal {
public:
  using signatures = caf::none_t;

  explicit scripted_connection(caf::actor_config& config);

  /// Spawns the handler. @pre `target` outlives it
  void start_handler(const endpoint& target, request head);
  void kill_handler();

  // What the client does, as handler_fixture has it.
  void deliver(std::variant<chunk, message> next);
  void end_content(fields trailers);
  void close(closed event);
  void cancel(cancel_reason reason);
  void stop_reading() noexcept { peer_is_reading_ = false; }
  void read();
  /// The server stops.
  void stop();

  [[nodiscard]] endpoint::protocol speaks() const noexcept { return speaks_; }
  [[nodiscard]] const handler_fixture::record& seen() const noexcept { return seen_; }

  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override;
  void launch(caf::execution_unit*, bool, bool) override {}
  const char* name() const override { return "sluice.scripted_connection"; }

private:
  /// Of the response, or of a WebSocket: complete when a Close was sent.
  enum class phase : std::uint8_t { none, begun, complete };

  void report(severity level, std::string_view text) override;
  [[nodiscard]] bool is_current(const caf::strong_actor_ptr& who) const;
  [[nodiscard]] bool can_deliver() const;
  void offer();
  void release();
  void on_expect_stop();
  void on_response(const mail& said);
  void on_down(const caf::error& reason);
  void on_demand();
  [[nodiscard]] std::optional<refusal> judge(const mail& said);
  template <class Message>
  [[nodiscard]] std::optional<refusal> take(const Message& what, endpoint::protocol needed,
                                            phase before, phase after, std::size_t octets = 0);
  template <class Control>
  void notify(Control content);
  template <class... Content>
  void answer(const asker& to, Content... content);

  caf::scoped_execution_unit unit_;
  endpoint::protocol speaks_ = endpoint::protocol::http;
  phase phase_ = phase::none;
  bool peer_is_reading_ = true;
  bool expects_stop_ = false;
  bool is_stopping_ = false;
  bool client_closed_ = false;
  bool cancelled_ = false;
  slot slot_;
  std::deque<std::variant<chunk, message>> waiting_; ///< for the slot
  std::optional<end_of_content> end_;
  std::optional<closed> close_;
  std::vector<asker> unsent_; ///< who waits for the peer to read
  const settings limits_;
  send_window window_{limits_};
  std::size_t unsent_octets_ = 0;
  handler_fixture::record seen_;
};

} // namespace sluice::testing

#pragma once

#include "sluice/actors/handler/bounded_queue.hpp"
#include "sluice/actors/handler/coroutine_actor.hpp"
#include "sluice/actors/handler/web_socket.hpp"

#include <optional>

namespace sluice {

/// Runs a web_socket_handler.
class web_socket_actor final : public coroutine_actor {
public:
  web_socket_actor(caf::actor_config& config, handler_context&& context);
  void on_exit() override;

  void demand_message();
  /// Sends a message of the handler's own, or a part of one. @returns the ticket of its answer
  [[nodiscard]] std::uint64_t send_own(message&& content);
  [[nodiscard]] bool has_message() const noexcept {
    return pending_.has_value() || closed_.has_value();
  }
  [[nodiscard]] std::optional<message> take_message();
  [[nodiscard]] const std::optional<closed>& close_event() const noexcept { return closed_; }

protected:
  void on_response(std::uint64_t ticket, const caf::error& why) override;
  bool on_event(caf::mailbox_element& element, message_type type) override;
  task make_task() override;

private:
  using outbox = bounded_queue<send_message>;

  void push(outbox::entry next);
  void forward_next();
  void end_forwarding(caf::error why);

  web_socket socket_;
  outbox outbox_;
  std::optional<caf::response_promise> forwarding_; ///< the sender whose message is on its way to
                                                    ///< the kernel
  bool is_in_parts_ = false;     ///< a message of the handler's own has begun: nothing is forwarded
  std::uint64_t first_part_ = 0; ///< the ticket of what began it
  std::uint64_t last_part_ = 0;  ///< the ticket of what ends it
  bool is_too_slow_ = false;     ///< the client, and the connection was told
  std::optional<message> pending_;
  std::optional<closed> closed_;
};

} // namespace sluice

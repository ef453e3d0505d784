#pragma once

#include "sluice/actors/handler/coroutine_actor.hpp"
#include "sluice/actors/handler/exchange.hpp"

#include <optional>

namespace sluice {

/// Runs an exchange_handler.
class exchange_actor final : public coroutine_actor {
public:
  exchange_actor(caf::actor_config& config, handler_context&& context);

  /// Acknowledges the chunk before, if any, and demands the next.
  void demand_chunk();
  [[nodiscard]] bool has_chunk() const noexcept { return pending_.has_value() || ended_; }
  [[nodiscard]] std::optional<octets> take_chunk();
  [[nodiscard]] const fields& trailers() const noexcept { return trailers_; }

  /// Sends a part of the response; a head gets the fields that were set aside for it.
  /// @returns the ticket of its answer
  [[nodiscard]] std::uint64_t send_part(respond&& whole);
  [[nodiscard]] std::uint64_t send_part(begin_response&& head);
  [[nodiscard]] std::uint64_t send_part(end_response&& last);
  [[nodiscard]] fields& response_fields() noexcept { return response_fields_; }
  /// The handler has sent a head.
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }

protected:
  bool on_event(caf::mailbox_element& element, message_type type) override;
  task make_task() override;
  void on_failure() override;

private:
  void add_response_fields(fields& head);

  exchange exchange_;
  std::optional<octets> pending_; ///< delivered, not yet taken by the coroutine
  bool demanded_ = false;
  bool has_begun_ = false;
  bool has_answered_ = false; ///< the response is complete, as far as the handler is concerned
  bool ended_ = false;
  fields trailers_;
  fields response_fields_;
};

} // namespace sluice

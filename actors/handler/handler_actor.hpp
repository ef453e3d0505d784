#pragma once

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/waiting_for.hpp"
#include "sluice/protocol/http/message.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdint>
#include <exception>
#include <string_view>

namespace sluice {

class event_loop;
class journal;
class thread_quota;
enum class severity : std::uint8_t;
struct counters;

/// What every handler actor needs to start.
struct handler_context {
  request head;
  caf::actor connection; ///< the socket actor, or the test kit's stand-in
  const endpoint* target = nullptr;
  counters* count = nullptr;   ///< may be null
  event_loop* home = nullptr;  ///< the loop to stay on; null for pooled and detached handlers
  event_loop* clock = nullptr; ///< whose time its delays follow: the connection's loop (S56); null:
                               ///< CAF's clock
  thread_quota* threads = nullptr; ///< loop_context::threads
  journal* log = nullptr;          ///< may be null; outlives the handler
};

/// What a handler does.
struct handler_doing {
  bool is_known = false; ///< false: of a behavior nobody knows what it waits for
  waiting_for what{};
  caf::actor_id asked = 0; ///< whose reply it waits for, if it does; of several the first
};

/// A handler as an actor: pinned to its connection's loop unless its route places it elsewhere.
/// A message from any thread is handled at home.
class handler_actor : public caf::event_based_actor {
public:
  /// Throws std::system_error if it is detached and as many are as may be.
  handler_actor(caf::actor_config& config, handler_context&& context);
  ~handler_actor() override;

  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* sender_unit) override;
  /// Throws std::system_error if there is no thread for a detached one: it is as if it had not
  /// been.
  void launch(caf::execution_unit* unit, bool is_lazy, bool is_hidden) override;
  const char* name() const override { return "sluice.handler"; }
  resume_result resume(caf::execution_unit* unit, std::size_t most) override;
  void on_exit() override;
  /// Tells the connection of its end, by the message that a monitor would send; nobody need
  /// monitor it for that.
  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override;

  [[nodiscard]] const sluice::request& head() const noexcept { return context_.head; }
  [[nodiscard]] const caf::actor& connection() const noexcept { return context_.connection; }
  [[nodiscard]] const endpoint& target() const noexcept { return *context_.target; }
  /// The loop it is pinned to; null when it runs elsewhere.
  [[nodiscard]] event_loop* home() const noexcept { return context_.home; }
  [[nodiscard]] event_loop* time_keeper() const noexcept { return context_.clock; }
  /// A line of the log, with its route and its request's id.
  void report(severity level, std::string_view text) const;

  /// What it does now. Only on its connection's loop.
  [[nodiscard]] virtual handler_doing doing() const noexcept { return {}; }

protected:
  /// Whether the connection that this handler works for has sent it. Never once it has ended.
  [[nodiscard]] bool is_from_connection(const caf::mailbox_element& element) const noexcept;

private:
  [[nodiscard]] caf::execution_unit* home_unit() const noexcept;
  void take_thread() const;
  [[nodiscard]] bool is_detached() const noexcept;
  void leave_count() noexcept;

  handler_context context_;
  bool counted_ = false;
};

/// What was thrown, as the reason of an actor's end. Needs no memory: without any, the reason is
/// empty.
[[nodiscard]] caf::error error_of_exception(const std::exception_ptr& thrown) noexcept;

/// Spawns the handler actor that `context.target` asks for, where it asks for it. The actor is
/// hidden: CAF's registry does not count it, `counters::handlers_running` does.
/// Throws std::system_error if it asks for a thread of its own and there is none, or none is left
/// of those that there may be.
/// @pre context.target->handler is no plain function
[[nodiscard]] caf::actor spawn_handler(caf::actor_system& system, handler_context&& context);

} // namespace sluice

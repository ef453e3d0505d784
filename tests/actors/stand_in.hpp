#pragma once

#include "sluice/actors/connection/accounts.hpp"
#include "sluice/actors/connection/mail.hpp"
#include "sluice/actors/connection/stream.hpp"
#include "sluice/actors/connection/stream_table.hpp"
#include "tests/actors/turning_loop.hpp"

#include <caf/local_actor.hpp>
#include <caf/make_actor.hpp>
#include <caf/system_messages.hpp>

#include <deque>
#include <utility>

namespace sluice::testing {

/// What handlers take for their connection: keeps what they send.
class stand_in final : public caf::local_actor, public caf::dynamically_typed_actor_base {
public:
  using signatures = caf::none_t;

  explicit stand_in(caf::actor_config& config) : caf::local_actor{config} {}

  using caf::abstract_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    mails.push_back(std::move(element));
  }
  void launch(caf::execution_unit*, bool, bool) override {}

  std::deque<caf::mailbox_element_ptr> mails;
};

/// Streams without a connection around them: no socket, no conversation. What handlers say is
/// passed on as a socket actor does.
struct stream_rig {
  ~stream_rig() {
    table.kill_all();
    run();
  }

  [[nodiscard]] stand_in& owner() const { return *static_cast<stand_in*>(self->get()); }

  /// Lets handlers work until nobody has anything left to do.
  void run() {
    do {
      world.run();
      while (!owner().mails.empty()) {
        const auto next = std::move(owner().mails.front());
        owner().mails.pop_front();
        pass_on(mail{*next});
      }
    } while (world.loop->turn() || !owner().mails.empty());
  }
  void advance(duration by) {
    run();
    world.time.advance(by);
    run();
    table.kill_overdue(world.time.now());
    run();
  }

  void pass_on(const mail& said) {
    const auto& from = said.element.sender;
    if (said.kind == mail_kind::response) {
      if (auto* found = table.on_response(said.element)) {
        if (said.is_error())
          found->user().on_rejected(said.read<caf::error>());
        else
          found->user().on_acknowledged();
      }
    } else if (said.kind == mail_kind::down) {
      const auto& down = said.read<caf::down_msg>();
      if (table.remove_detached(down.source, down.reason))
        return;
      if (auto* found = table.find(down.source)) {
        const auto was_cancelled = found->on_down(down.reason);
        found->user().on_handler_down(down.reason, was_cancelled);
      }
    } else if (auto* found = table.find(from)) {
      found->user().on_handler_message(said, {from, said.element.mid});
    }
  }

  [[nodiscard]] caf::strong_actor_ptr make_owner() {
    caf::actor_config plain{world.loop.get()};
    return caf::make_actor<stand_in, caf::strong_actor_ptr>(
      world.system.next_actor_id(), world.system.node(), &world.system, plain);
  }

  turning_loop world;
  caf::strong_actor_ptr self = make_owner();
  stream_table table{owner(), world.context};
};

} // namespace sluice::testing

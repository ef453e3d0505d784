#include "sluice/actors/handler/loop_delay.hpp"

#include "sluice/actors/handler/coroutine_actor.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>

namespace sluice {

loop_delay::loop_delay(event_loop& loop, coroutine_actor& self, std::uint64_t ticket)
  : loop_{loop}, who_{caf::actor_cast<caf::weak_actor_ptr>(caf::actor{&self})}, ticket_{ticket} {}

template <class Call>
void loop_delay::on_loop(Call call) {
  if (loop_.is_current_thread())
    call(*this);
  else
    post_call(loop_, [call, self = shared_from_this()] { call(*self); });
}

void loop_delay::start(duration length) {
  const auto now = loop_.is_current_thread() ? loop_.now() : loop_.exact_time();
  on_loop([due = now + length](loop_delay& self) { self.loop_.timers().arm(self, due); });
}

void loop_delay::stop() {
  on_loop([](loop_delay& self) { self.loop_.timers().disarm(self); });
}

void loop_delay::on_due(time_point) {
  // As a message: the coroutine runs only inside its actor.
  if (const auto who = who_.lock())
    who->enqueue(nullptr, caf::make_message_id(), caf::make_message(delay_over::value, ticket_),
                 nullptr);
  is_over_ = true; // the last: from now on the handler may drop this
}

} // namespace sluice

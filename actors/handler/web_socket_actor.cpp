#include "sluice/actors/handler/web_socket_actor.hpp"

#include "sluice/actors/handler/endpoint.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace sluice {

web_socket_actor::web_socket_actor(caf::actor_config& config, handler_context&& context)
  : coroutine_actor{config, std::move(context)}, socket_{*this}, outbox_{target().limits.push} {}

void web_socket_actor::on_exit() {
  // An actor whose message waits to leave hears that it will not (S49).
  end_forwarding(caf::sec::request_receiver_down);
  while (auto left = outbox_.pop())
    tell(left->sender, caf::sec::request_receiver_down);
  coroutine_actor::on_exit();
}

task web_socket_actor::make_task() {
  return std::get<web_socket_handler>(target().handler)(socket_);
}

bool web_socket_actor::on_event(caf::mailbox_element& element, message_type type) {
  auto& content = element.content();
  const auto is_ours = is_from_connection(element);
  if (is_ours && type.is<message>()) {
    hold_delivery(element);
    pending_ = std::move(content.get_mutable_as<message>(0));
    wake();
    return true;
  }
  if (is_ours && type.is<closed>()) {
    closed_ = std::move(content.get_mutable_as<closed>(0));
    wake();
    return true;
  }
  if (!type.is<send_message>())
    return coroutine_actor::on_event(element, type);
  push({content.get_as<send_message>(0), make_response_promise()});
  return true;
}

void web_socket_actor::demand_message() {
  if (!pending_)
    acknowledge_delivery();
}

std::optional<message> web_socket_actor::take_message() {
  return std::exchange(pending_, std::nullopt);
}

std::uint64_t web_socket_actor::send_own(message&& content) {
  const auto is_last = content.is_last;
  const auto ticket = ask_connection(send_message{std::move(content)});
  const auto begins = !is_in_parts_ || last_part_ != 0; // the message before has its end
  if (begins && !is_last) {
    is_in_parts_ = true;
    first_part_ = ticket;
    last_part_ = 0;
  } else if (!begins && is_last) {
    last_part_ = ticket;
  }
  return ticket;
}

void web_socket_actor::on_response(std::uint64_t ticket, const caf::error& why) {
  if (ticket == last_part_) {
    last_part_ = 0;
    is_in_parts_ = static_cast<bool>(why); // refused: the handler owes it still
  } else if (ticket == first_part_ && why) {
    is_in_parts_ = false; // no message has begun
    last_part_ = 0;
  }
  if (!forwarding_)
    forward_next();
}

void web_socket_actor::push(outbox::entry next) {
  // Parts of several senders would mix.
  if (!next.content.content.is_last)
    return tell(next.sender, make_error(refusal::malformed));
  std::vector<outbox::entry> victims;
  const auto outcome = outbox_.push(std::move(next), victims);
  for (auto& victim : victims)
    tell(victim.sender, make_error(refusal::output_full));
  if (outcome == outbox::outcome::overflow) {
    if (std::exchange(is_too_slow_, true))
      return;
    request(connection(), caf::infinite, send_close{close_code::try_again_later, "too slow"})
      .then([] {}, [](caf::error&) {});
    return;
  }
  if (!forwarding_)
    forward_next();
}

void web_socket_actor::forward_next() {
  if (is_in_parts_)
    return;
  auto next = outbox_.pop();
  if (!next)
    return;
  forwarding_ = std::move(next->sender);
  request(connection(), caf::infinite, std::move(next->content))
    .then(
      [this] {
        end_forwarding({});
        forward_next();
      },
      [this](caf::error& error) {
        end_forwarding(std::move(error));
        forward_next();
      });
}

void web_socket_actor::end_forwarding(caf::error why) {
  if (auto waiting = std::exchange(forwarding_, std::nullopt))
    tell(*waiting, std::move(why));
}

} // namespace sluice

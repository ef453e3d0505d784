#include "sluice/actors/testing/internal/scripted_connection.hpp"

#include "sluice/actors/connection/mail.hpp"
#include "sluice/actors/handler/handler_actor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <utility>

namespace sluice::testing {

namespace {

constexpr auto http = endpoint::protocol::http;
constexpr auto web_socket = endpoint::protocol::web_socket;

} // namespace

scripted_connection::scripted_connection(caf::actor_config& config)
  : caf::local_actor{config}, unit_{&home_system()} {
  context(&unit_);
}

void scripted_connection::start_handler(const endpoint& target, request head) {
  const auto* behavior = std::get_if<behavior_handler>(&target.handler);
  speaks_ = target.speaks;
  seen_.wants_content = speaks_ == web_socket
                        || (behavior != nullptr && behavior->demands_at_start);
  const auto self = caf::actor_cast<caf::actor>(caf::strong_actor_ptr{ctrl()});
  seen_.handler = spawn_handler(
    home_system(), {std::move(head), self, &target, nullptr, nullptr, nullptr, nullptr, this});
}

void scripted_connection::report(severity level, std::string_view text) {
  seen_.log.push_back({level, std::string{text}});
}

void scripted_connection::kill_handler() {
  if (seen_.handler)
    send_exit(seen_.handler, caf::exit_reason::kill);
}

void scripted_connection::deliver(std::variant<chunk, message> next) {
  waiting_.push_back(std::move(next));
  offer();
}

void scripted_connection::end_content(fields trailers) {
  end_ = end_of_content{std::move(trailers)};
  offer();
}

void scripted_connection::close(closed event) {
  close_ = std::move(event);
  client_closed_ = true;
  offer();
}

void scripted_connection::cancel(cancel_reason reason) {
  waiting_.clear();
  release();
  if (!std::exchange(cancelled_, true))
    notify(cancelled{reason});
}

void scripted_connection::read() {
  peer_is_reading_ = true;
  release();
}

// -- messages -------------------------------------------------------------------

void scripted_connection::enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) {
  const mail said{*element};
  if (said.kind == mail_kind::response)
    return on_response(said);
  if (said.kind == mail_kind::down)
    return on_down(said.read<caf::down_msg>().reason);
  const asker from{element->sender, element->mid};
  if (!is_current(element->sender))
    return answer(from, make_error(refusal::not_current));
  // Sends do nothing and do not fail (S45).
  if (cancelled_ || client_closed_)
    return answer(from);
  if (said.kind == mail_kind::read_content)
    return on_demand();
  if (said.kind == mail_kind::expect_stop)
    return on_expect_stop();
  if (said.kind == mail_kind::unknown)
    return answer(from, caf::make_error(caf::sec::unexpected_message));
  if (const auto why = judge(said)) {
    seen_.refused.push_back(*why);
    return answer(from, make_error(*why));
  }
  unsent_.push_back(from);
  if (peer_is_reading_)
    release();
}

void scripted_connection::stop() {
  is_stopping_ = true;
  if (expects_stop_)
    notify(draining{});
}

void scripted_connection::on_expect_stop() {
  if (!std::exchange(expects_stop_, true) && is_stopping_)
    notify(draining{});
}

void scripted_connection::on_response(const mail& said) {
  const auto id = said.element.mid.integer_value();
  if (slot_.acknowledge(id, is_current(said.element.sender)) != acknowledgement::accepted)
    return;
  seen_.is_stalled = false;
  if (!said.is_error())
    return offer();
  seen_.rejection = said.read<caf::error>();
  cancel(cancel_reason::answered);
}

void scripted_connection::on_down(const caf::error& reason) {
  seen_.exit_reason = reason;
  seen_.handler = nullptr;
  seen_.is_stalled = false;
  [[maybe_unused]] const auto was_outstanding = slot_.release();
}

void scripted_connection::on_demand() {
  seen_.wants_content = true;
  if (seen_.is_finished)
    cancel(cancel_reason::answered);
  offer();
}

template <class... Content>
void scripted_connection::answer(const asker& to, Content... content) {
  if (to.who && to.id.is_request())
    to.who->enqueue(ctrl(), to.id.response_id(), caf::make_message(std::move(content)...), &unit_);
}

// Past the slot, and ahead of what waits in the mailbox (S2).
template <class Control>
void scripted_connection::notify(Control content) {
  if (seen_.handler)
    seen_.handler->enqueue(ctrl(), caf::make_message_id(caf::message_priority::high),
                           caf::make_message(std::move(content)), &unit_);
}

// -- what waits -------------------------------------------------------------------

bool scripted_connection::is_current(const caf::strong_actor_ptr& who) const {
  return seen_.handler && who == caf::actor_cast<caf::strong_actor_ptr>(seen_.handler);
}

bool scripted_connection::can_deliver() const {
  const auto is_wanted = seen_.wants_content && (speaks_ == web_socket || !seen_.is_finished);
  return is_wanted && seen_.handler && !cancelled_ && slot_.is_empty();
}

// Delivers what may be delivered; when there is no more, says so (S4).
void scripted_connection::offer() {
  if (!can_deliver())
    return;
  if (!waiting_.empty()) {
    const auto id = new_request_id(caf::message_priority::normal);
    slot_.deliver(id.response_id().integer_value());
    seen_.is_stalled = true;
    auto content = std::visit([](auto& next) { return caf::make_message(std::move(next)); },
                              waiting_.front());
    waiting_.pop_front();
    seen_.handler->enqueue(ctrl(), id, std::move(content), &unit_);
    return;
  }
  if (end_)
    notify(*std::exchange(end_, std::nullopt));
  if (close_)
    notify(*std::exchange(close_, std::nullopt));
}

// Everything sent so far leaves: who waits for it is answered.
void scripted_connection::release() {
  unsent_octets_ = 0;
  for (const auto& each : std::exchange(unsent_, {}))
    answer(each);
}

// -- what the handler sends -------------------------------------------------------

std::optional<refusal> scripted_connection::judge(const mail& said) {
  switch (said.kind) {
    case mail_kind::respond:
      return take(said.read<respond>(), http, phase::none, phase::complete, said.octets());
    case mail_kind::begin_response:
      return take(said.read<begin_response>(), http, phase::none, phase::begun);
    case mail_kind::response_content:
      return take(said.read<response_content>(), http, phase::begun, phase::begun, said.octets());
    case mail_kind::end_response:
      return take(said.read<end_response>(), http, phase::begun, phase::complete);
    case mail_kind::send_message:
      return take(said.read<send_message>(), web_socket, phase::none, phase::none, said.octets());
    case mail_kind::send_close:
      if (speaks_ == web_socket && phase_ == phase::complete)
        return std::nullopt; // a second one changes nothing
      return take(said.read<send_close>(), web_socket, phase::none, phase::complete);
    default: return refusal::malformed;
  }
}

template <class Message>
std::optional<refusal> scripted_connection::take(const Message& what, endpoint::protocol needed,
                                                 phase before, phase after, std::size_t octets) {
  if (speaks_ != needed)
    return refusal::wrong_protocol;
  if (phase_ != before && speaks_ == web_socket)
    return refusal::close_sent;
  if (phase_ != before)
    return phase_ == phase::none ? refusal::not_begun : refusal::already_answered;
  if (!window_.admits(unsent_octets_, octets))
    return refusal::output_full;
  unsent_octets_ += octets;
  phase_ = after;
  seen_.is_finished = after == phase::complete;
  seen_.sent.emplace_back(what);
  return std::nullopt;
}

} // namespace sluice::testing

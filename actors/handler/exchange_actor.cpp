#include "sluice/actors/handler/exchange_actor.hpp"

#include "sluice/actors/handler/endpoint.hpp"

#include <utility>
#include <variant>

namespace sluice {

exchange_actor::exchange_actor(caf::actor_config& config, handler_context&& context)
  : coroutine_actor{config, std::move(context)}, exchange_{*this} {}

task exchange_actor::make_task() {
  return std::get<exchange_handler>(target().handler)(exchange_);
}

bool exchange_actor::on_event(caf::mailbox_element& element, message_type type) {
  if (!is_from_connection(element))
    return coroutine_actor::on_event(element, type);
  auto& content = element.content();
  if (type.is<chunk>()) {
    hold_delivery(element);
    pending_ = std::move(content.get_mutable_as<chunk>(0).content);
    wake();
    return true;
  }
  if (!type.is<end_of_content>())
    return coroutine_actor::on_event(element, type);
  ended_ = true;
  trailers_ = std::move(content.get_mutable_as<end_of_content>(0).trailers);
  wake();
  return true;
}

void exchange_actor::on_failure() {
  try {
    throw;
  } catch (const http_error& refused) {
    if (has_begun_)
      return quit(caf::make_error(caf::sec::runtime_error, std::string{refused.what()}));
    auto told = refused.answer();
    add_response_fields(told.fields);
    send(connection(), respond{std::move(told)});
    quit();
  } catch (...) {
    coroutine_actor::on_failure();
  }
}

void exchange_actor::demand_chunk() {
  if (pending_ || ended_)
    return;
  if (!demanded_) {
    demanded_ = true;
    send(connection(), read_content{});
    return;
  }
  acknowledge_delivery();
  // Nothing comes after the response: the connection ends who would wait for it for ever.
  if (has_answered_)
    send(connection(), read_content{});
}

std::optional<octets> exchange_actor::take_chunk() {
  return std::exchange(pending_, std::nullopt);
}

void exchange_actor::add_response_fields(fields& head) {
  for (const auto line : response_fields_)
    head.add(line.name, line.value);
}

std::uint64_t exchange_actor::send_part(respond&& whole) {
  has_begun_ = true;
  has_answered_ = true;
  add_response_fields(whole.whole.fields);
  return ask_connection(std::move(whole));
}

std::uint64_t exchange_actor::send_part(begin_response&& head) {
  has_begun_ = true;
  add_response_fields(head.fields);
  return ask_connection(std::move(head));
}

std::uint64_t exchange_actor::send_part(end_response&& last) {
  has_answered_ = true;
  return ask_connection(std::move(last));
}

} // namespace sluice

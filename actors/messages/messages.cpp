#include "sluice/actors/messages/messages.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

namespace sluice {

namespace {

constexpr auto refusal_category = caf::atom("sluice");

} // namespace

std::string_view to_string(refusal value) noexcept {
  switch (value) {
    case refusal::not_current: return "the exchange is over, or belongs to another handler";
    case refusal::already_answered: return "the response is already given";
    case refusal::not_begun: return "the response has no head yet";
    case refusal::output_full:
      return "too many unsent octets: wait for what was sent before, or raise --output-cap";
    case refusal::malformed: return "the response has a status or field that HTTP has no form for";
    case refusal::length_mismatch: return "the content does not have the declared length";
    case refusal::wrong_protocol: return "the message belongs to the other protocol";
    case refusal::close_sent: return "the WebSocket is already closing";
  }
  return "unknown";
}

std::string_view name_of(refusal value) noexcept {
  switch (value) {
    case refusal::not_current: return "not_current";
    case refusal::already_answered: return "already_answered";
    case refusal::not_begun: return "not_begun";
    case refusal::output_full: return "output_full";
    case refusal::malformed: return "malformed";
    case refusal::length_mismatch: return "length_mismatch";
    case refusal::wrong_protocol: return "wrong_protocol";
    case refusal::close_sent: return "close_sent";
  }
  return "unknown";
}

caf::error make_error(refusal value) {
  return {static_cast<std::uint8_t>(value), refusal_category,
          caf::make_message(std::string{to_string(value)})};
}

std::optional<refusal> refusal_of(const caf::error& error) noexcept {
  if (!error || error.category() != refusal_category)
    return std::nullopt;
  return static_cast<refusal>(error.code());
}

void add_message_types(caf::actor_system_config& config) {
  config.add_message_type<octets>("sluice::octets")
    .add_message_type<chunk>("sluice::chunk")
    .add_message_type<message>("sluice::message")
    .add_message_type<end_of_content>("sluice::end_of_content")
    .add_message_type<closed>("sluice::closed")
    .add_message_type<cancelled>("sluice::cancelled")
    .add_message_type<draining>("sluice::draining")
    .add_message_type<expect_stop>("sluice::expect_stop")
    .add_message_type<read_content>("sluice::read_content")
    .add_message_type<respond>("sluice::respond")
    .add_message_type<begin_response>("sluice::begin_response")
    .add_message_type<response_content>("sluice::response_content")
    .add_message_type<end_response>("sluice::end_response")
    .add_message_type<send_message>("sluice::send_message")
    .add_message_type<send_close>("sluice::send_close")
    .add_message_type<request_trace>("sluice::request_trace");
}

} // namespace sluice

#include "sluice/actors/connection/mail.hpp"

#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <caf/system_messages.hpp>

namespace sluice {

namespace {

mail_kind kind_of(const caf::mailbox_element& element) {
  if (element.mid.is_response())
    return mail_kind::response;
  const message_type type{element.content()};
  if (type.is<struct respond>())
    return mail_kind::respond;
  if (type.is<read_content>())
    return mail_kind::read_content;
  if (type.is<caf::down_msg>())
    return mail_kind::down;
  if (type.is<response_content>())
    return mail_kind::response_content;
  if (type.is<send_message>())
    return mail_kind::send_message;
  if (type.is<begin_response>())
    return mail_kind::begin_response;
  if (type.is<end_response>())
    return mail_kind::end_response;
  if (type.is<send_close>())
    return mail_kind::send_close;
  if (type.is<expect_stop>())
    return mail_kind::expect_stop;
  if (type.is<caf::exit_msg>())
    return mail_kind::exit;
  return mail_kind::unknown;
}

} // namespace

mail::mail(caf::mailbox_element& what) : element{what}, kind{kind_of(what)} {}

bool mail::is_error() const {
  return message_type{element.content()}.is<caf::error>();
}

std::size_t mail::octets() const {
  switch (kind) {
    case mail_kind::respond: {
      const auto& whole = read<struct respond>().whole;
      return whole.fields.octets() + whole.content.size();
    }
    case mail_kind::begin_response: return read<begin_response>().fields.octets();
    case mail_kind::response_content: return read<response_content>().content.size();
    case mail_kind::end_response: return read<end_response>().trailers.octets();
    case mail_kind::send_message: return read<send_message>().content.size();
    case mail_kind::response:
    case mail_kind::down:
    case mail_kind::exit:
    case mail_kind::read_content:
    case mail_kind::expect_stop:
    case mail_kind::send_close:
    case mail_kind::unknown: break;
  }
  return 0;
}

} // namespace sluice

#pragma once

#include <caf/mailbox_element.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice {

/// What a message to a connection is.
enum class mail_kind : std::uint8_t {
  response, ///< to a delivery: its acknowledgement, or an error
  down,     ///< an actor has ended
  exit,     ///< the connection is to end
  read_content,
  expect_stop,
  respond,
  begin_response,
  response_content,
  end_response,
  send_message,
  send_close,
  unknown, ///< nothing that a connection takes
};

/// A message to a connection, looked at once.
struct mail {
  explicit mail(caf::mailbox_element& what);

  caf::mailbox_element& element;
  mail_kind kind;

  /// Whether it is an error: of a response, that it is no acknowledgement.
  [[nodiscard]] bool is_error() const;
  /// What it would add to the output, in octets.
  [[nodiscard]] std::size_t octets() const;
  /// Its content. @pre `kind` says that it is one
  template <class Message>
  [[nodiscard]] const Message& read() const {
    return std::as_const(element).content().get_as<Message>(0);
  }
  /// Its content, to be moved from.
  template <class Message>
  [[nodiscard]] Message& take() const {
    return element.content().get_mutable_as<Message>(0);
  }
};

} // namespace sluice

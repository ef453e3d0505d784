#pragma once

#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace sluice {

struct endpoint;

/// Interim responses that an exchange sends by itself. RFC 9110 sec. 15.2
enum class interim : std::uint8_t {
  continue_,  ///< 100
  processing, ///< 102, RFC 2518 sec. 10.1
};

/// Where an exchange answers: the connection that it came on, in the version of HTTP that this
/// speaks. One exchange, one response. Errors: std::errc::no_buffer_space where the output has no
/// room, else an errc; nothing is sent then.
class response_sink {
public:
  /// Sends all of the response.
  [[nodiscard]] virtual std::error_code send_whole(response&& whole) = 0;
  /// Sends its head. `length`: octets of content to come, if that is known.
  [[nodiscard]] virtual std::error_code send_head(status code, const fields& head,
                                                  std::optional<std::uint64_t> length) = 0;
  /// Whether content may follow the head that was sent.
  [[nodiscard]] virtual bool takes_content() const = 0;
  [[nodiscard]] virtual std::error_code send_content(octets content) = 0;
  /// Sends the end. Further error: errc::content_too_short, after which the client must see
  /// truncation (give_up).
  [[nodiscard]] virtual std::error_code send_end(const fields& trailers) = 0;
  virtual void send_interim(interim which) = 0;
  /// All of the response is sent: called last.
  virtual void on_complete() = 0;

  /// `to` is answered once all that was sent so far has left.
  virtual void answer_when_sent(asker to) = 0;
  /// What was sent may wait for what the handler sends next.
  virtual void hold() = 0;

  /// What is left of the request is not wanted: once it is answered, nothing more of it is read.
  virtual void refuse_rest() = 0;
  /// Nothing more of the request can come, or be understood, and it is answered, or never will be.
  virtual void end_request() = 0;
  /// The response can't go on: the client is to see that it is not whole.
  virtual void give_up(cancel_reason reason) = 0;
  /// What a client that has shut down its side is taken for has changed.
  virtual void judge_end_anew() = 0;
  /// Whether content of the request waits to be read.
  [[nodiscard]] virtual bool has_unread() const = 0;
  /// The request asks to become a WebSocket, which is what `target` speaks: becomes one, or answers
  /// why not.
  virtual void upgrade(const endpoint& target, request& head) = 0;

  /// The client's address.
  [[nodiscard]] virtual const std::string& peer() const = 0;
  /// Octets that were sent to the client, and those of them that the kernel has, since some time
  /// before the exchange.
  [[nodiscard]] virtual std::uint64_t octets_queued() const = 0;
  [[nodiscard]] virtual std::uint64_t octets_sent() const = 0;

protected:
  ~response_sink() = default;
};

} // namespace sluice

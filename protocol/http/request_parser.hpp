#pragma once

#include "sluice/protocol/http/limits.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

namespace sluice::http {

/// What one call of `request_parser::next` came upon.
enum class request_event : std::uint8_t {
  none,    ///< the input is used up; feed more octets
  head,    ///< the header section is complete: `take_head`
  content, ///< a piece of content; `step::content` views the input
  end,     ///< the message is complete: `take_trailers`; call `restart` before the next one
  error,   ///< refused: `step::error`; final
};

/// Turns the octets of one connection into request events, one at a time: the parser stops after
/// each event and touches no octet past it, so the caller paces it. After `end` it consumes nothing
/// until `restart`. Confined to one actor. Parses with llhttp, all leniency off.
class request_parser {
public:
  struct step {
    std::size_t consumed = 0; ///< octets used up; the caller keeps the rest
    request_event event = request_event::none;
    octet_view content;    ///< for `content`: views the input, never empty
    std::error_code error; ///< for `error`: an `errc`
  };

  explicit request_parser(const limits& bounds);
  request_parser(const request_parser&) = delete;
  request_parser& operator=(const request_parser&) = delete;
  ~request_parser();

  /// Parses `input` up to the first event. Also call it with empty input after `head` and after the
  /// last content until it returns `none`: `end` needs no further octet. Errors: see errc; a head
  /// that breaks a limit is refused as soon as the limit is passed. Source: RFC 9112 sec. 2.2, 3,
  /// 5, 6, 7.1
  [[nodiscard]] step next(octet_view input);

  /// The head, once, after `head`.
  [[nodiscard]] request take_head();
  /// Goes to the end of a message whose head says that it has no content; it takes no octet.
  /// @pre its `head` was the last event
  void end_without_content() noexcept;
  /// The trailer section, once, after `end`; empty when there was none.
  [[nodiscard]] fields take_trailers();

  /// The method of the message under way, as soon as it is read, also where what follows it is
  /// refused; GET before that, and where it is unknown. A refusal of a HEAD has no content either:
  /// RFC 9110 sec. 9.3.2
  [[nodiscard]] method method_in_line() const noexcept;
  /// Whether octets of a message have been seen and its end has not: an end of the stream truncates
  /// it. Empty lines before it are no part of it. RFC 9112 sec. 8
  [[nodiscard]] bool is_in_message() const noexcept;
  /// Whether the peer allows another request on this connection: asked after `head`, before
  /// `restart`. Never after a CONNECT, whose later octets are meant for a tunnel. RFC 9112 sec. 9.3
  [[nodiscard]] bool is_persistent() const noexcept;
  /// Whether `input`, the octets that follow, would complete the current message. Nothing is
  /// consumed: this asks whether a request whose sender has shut down its side can still become
  /// whole.
  [[nodiscard]] bool would_complete(octet_view input) const;

  /// Makes ready for the next message after `end`.
  void restart();

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::http

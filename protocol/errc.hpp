#pragma once

#include <cstdint>
#include <system_error>

namespace sluice {

/// Why a peer's octets were refused, or a handler's response could not be written.
/// 0 is reserved for success. `suggested_status` and `suggested_close_code` say what to answer.
enum class errc : std::uint8_t {
  // HTTP requests: the peer broke the protocol or a limit. All are final for the parser.
  malformed_request = 1,   ///< not HTTP/1.x; 400. RFC 9112 sec. 2.2, 3
  unknown_method,          ///< a token that is no method we implement; 501. RFC 9110 sec. 9.1
  unsupported_version,     ///< another major version than 1; 505. RFC 9110 sec. 2.5
  target_too_long,         ///< more octets than limits::target; 414. RFC 9112 sec. 3
  malformed_target,        ///< not one of the four forms; 400. RFC 9112 sec. 3.2
  malformed_field,         ///< field name or value breaks the grammar; 400. RFC 9112 sec. 5
  field_section_too_large, ///< more octets than limits::field_section; 431. RFC 6585 sec. 5
  too_many_fields,         ///< more lines than limits::field_count; 431. RFC 6585 sec. 5
  conflicting_framing,     ///< Content-Length with Transfer-Encoding, or in HTTP/1.0; 400. RFC 9112
                           ///< sec. 6.1
  malformed_content_length,    ///< not a number, too large or repeated; 400. RFC 9112 sec. 6.3
  malformed_transfer_coding,   ///< chunked is not the final coding, or not once; 400. RFC 9112
                               ///< sec. 6.3
  unsupported_transfer_coding, ///< another coding before the final chunked; 501. RFC 9112 sec. 6.1
  malformed_chunk,             ///< chunk size or framing breaks the grammar; 400. RFC 9112 sec. 7.1
  chunk_framing_too_large,     ///< more framing octets than limits::chunk_framing; 400. RFC 9112
                               ///< sec. 7.1.1
  trailer_section_too_large, ///< more octets than limits::trailer_section; 431. RFC 9112 sec. 7.1.2
  malformed_host,            ///< missing, repeated or malformed Host; 400. RFC 9112 sec. 3.2

  // WebSocket opening handshake: the request cannot become a WebSocket.
  upgrade_method,    ///< not GET, or not HTTP/1.1; 400. RFC 6455 sec. 4.1
  upgrade_version,   ///< Sec-WebSocket-Version is not 13; 426. RFC 6455 sec. 4.4
  upgrade_key,       ///< missing, repeated or malformed Sec-WebSocket-Key; 400. RFC 6455 sec. 4.1
  upgrade_not_asked, ///< no upgrade to websocket was asked for; 426. RFC 9110 sec. 15.5.22
  upgrade_with_content, ///< the handshake carries content; 400. RFC 9110 sec. 7.8
  upgrade_extensions,   ///< malformed Sec-WebSocket-Extensions; 400. RFC 6455 sec. 9.1
  upgrade_subprotocols, ///< malformed Sec-WebSocket-Protocol; 400. RFC 6455 sec. 4.1

  // WebSocket frames: fail the connection with the close code. All are final for the session.
  frame_protocol_error, ///< mask, RSV, opcode or fragmentation; 1002. RFC 6455 sec. 5
  invalid_utf8,         ///< text or close reason is not UTF-8; 1007. RFC 6455 sec. 8.1
  message_too_big,      ///< more octets than limits::message; 1009. RFC 6455 sec. 7.4.1
  too_many_fragments,   ///< a flood of fragments without payload data; 1008. RFC 6455 sec. 7.4.1
  corrupt_deflate,      ///< a compressed message is not DEFLATE; 1007. RFC 7692 sec. 7.2.2
  deflate_ratio,        ///< inflates past deflate_options::max_ratio; 1008. RFC 6455 sec. 7.4.1

  // Our own side's responses.
  malformed_response_field, ///< a name or value that would split the response; refused
  reserved_response_field,  ///< a framing field that the writer owns; refused
  malformed_response,       ///< a status or combination that HTTP has no form for; refused
  content_too_long,         ///< more content than the declared length; refused
  content_too_short,        ///< finished before the declared length; the connection is aborted
};

/// The category of `errc`, named "sluice".
[[nodiscard]] const std::error_category& protocol_category() noexcept;

[[nodiscard]] std::error_code make_error_code(errc code) noexcept;

/// The HTTP status code to answer `code` with; 500 for our own side's errors and unknown codes.
[[nodiscard]] std::uint16_t suggested_status(const std::error_code& code) noexcept;

/// The WebSocket close code to fail the connection with; 1002 where none is more exact.
[[nodiscard]] std::uint16_t suggested_close_code(const std::error_code& code) noexcept;

} // namespace sluice

template <>
struct std::is_error_code_enum<sluice::errc> : std::true_type {};

#include "sluice/protocol/errc.hpp"

#include <string>

namespace sluice {

namespace {

const char* text_of(errc code) noexcept {
  switch (code) {
    case errc::malformed_request: return "malformed request";
    case errc::unknown_method: return "unknown method";
    case errc::unsupported_version: return "unsupported HTTP version";
    case errc::target_too_long: return "request target too long";
    case errc::malformed_target: return "malformed request target";
    case errc::malformed_field: return "malformed field";
    case errc::field_section_too_large: return "field section too large";
    case errc::too_many_fields: return "too many fields";
    case errc::conflicting_framing: return "conflicting message framing";
    case errc::malformed_content_length: return "malformed Content-Length";
    case errc::malformed_transfer_coding: return "malformed Transfer-Encoding";
    case errc::unsupported_transfer_coding: return "unsupported transfer coding";
    case errc::malformed_chunk: return "malformed chunk";
    case errc::chunk_framing_too_large: return "chunk framing too large";
    case errc::trailer_section_too_large: return "trailer section too large";
    case errc::malformed_host: return "missing, repeated or malformed Host";
    case errc::upgrade_method: return "opening handshake is not a GET of HTTP/1.1";
    case errc::upgrade_version: return "Sec-WebSocket-Version is not 13";
    case errc::upgrade_key: return "missing, repeated or malformed Sec-WebSocket-Key";
    case errc::upgrade_not_asked: return "no upgrade to websocket was asked for";
    case errc::upgrade_with_content: return "opening handshake with content";
    case errc::upgrade_extensions: return "malformed Sec-WebSocket-Extensions";
    case errc::upgrade_subprotocols: return "malformed Sec-WebSocket-Protocol";
    case errc::frame_protocol_error: return "frame breaks the WebSocket protocol";
    case errc::invalid_utf8: return "text is not UTF-8";
    case errc::message_too_big: return "message too big";
    case errc::too_many_fragments: return "too many fragments";
    case errc::corrupt_deflate: return "compressed message can't be inflated";
    case errc::deflate_ratio: return "compressed message inflates too much";
    case errc::malformed_response_field: return "response field name or value is malformed";
    case errc::reserved_response_field: return "response field belongs to the writer";
    case errc::malformed_response: return "no such response in HTTP";
    case errc::content_too_long: return "more content than the declared length";
    case errc::content_too_short: return "less content than the declared length";
  }
  return "unknown error";
}

std::uint16_t status_for(errc code) noexcept {
  switch (code) {
    case errc::malformed_request:
    case errc::malformed_target:
    case errc::malformed_field:
    case errc::conflicting_framing:
    case errc::malformed_content_length:
    case errc::malformed_transfer_coding:
    case errc::malformed_chunk:
    case errc::chunk_framing_too_large:
    case errc::malformed_host:
    case errc::upgrade_method:
    case errc::upgrade_key:
    case errc::upgrade_with_content:
    case errc::upgrade_extensions:
    case errc::upgrade_subprotocols: return 400;
    case errc::target_too_long: return 414;
    case errc::upgrade_version:
    case errc::upgrade_not_asked: return 426;
    case errc::field_section_too_large:
    case errc::too_many_fields:
    case errc::trailer_section_too_large: return 431;
    case errc::unknown_method:
    case errc::unsupported_transfer_coding: return 501;
    case errc::unsupported_version: return 505;
    default: return 500;
  }
}

class category final : public std::error_category {
public:
  [[nodiscard]] const char* name() const noexcept override { return "sluice"; }
  [[nodiscard]] std::string message(int code) const override {
    return text_of(static_cast<errc>(code));
  }
};

/// @returns whether `code` is ours
bool is_errc(const std::error_code& code) noexcept {
  return code.category() == protocol_category();
}

} // namespace

const std::error_category& protocol_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), protocol_category()};
}

std::uint16_t suggested_status(const std::error_code& code) noexcept {
  return is_errc(code) ? status_for(static_cast<errc>(code.value())) : std::uint16_t{500};
}

std::uint16_t suggested_close_code(const std::error_code& code) noexcept {
  if (code == errc::invalid_utf8 || code == errc::corrupt_deflate)
    return 1007;
  if (code == errc::too_many_fragments || code == errc::deflate_ratio)
    return 1008;
  if (code == errc::message_too_big)
    return 1009;
  return 1002;
}

} // namespace sluice

#pragma once

#include "sluice/protocol/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace sluice::http::internal {

/// What a request's fields say of its content and its connection.
struct head_facts {
  std::error_code error;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool is_persistent = false;
  [[nodiscard]] bool has_content() const noexcept {
    return chunked || content_length.value_or(0) > 0;
  }
};

/// Judges a complete header section: Host, framing and persistence. llhttp frames the content by
/// itself; its verdict must be the same, which the tests pin. Errors: errc::malformed_host,
/// errc::conflicting_framing, errc::malformed_content_length,
///   errc::malformed_transfer_coding, errc::unsupported_transfer_coding, errc::malformed_request
/// Source: RFC 9110 sec. 7.2, 9.3.6, RFC 9112 sec. 3.2, 6.1, 6.3, 9.3
[[nodiscard]] head_facts examine_head(sluice::method method, http_version version,
                                      const fields& section) noexcept;

/// The number that a Content-Length field value stands for: digits only, at most 64 bits. RFC 9110
/// sec. 8.6
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view value) noexcept;

/// Whether `target` has a form that `method` allows. RFC 9112 sec. 3.2
[[nodiscard]] bool is_target_for(sluice::method method, std::string_view text) noexcept;

} // namespace sluice::http::internal

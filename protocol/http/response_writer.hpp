#pragma once

#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::http {

/// What of the request decides how its response is framed.
struct request_facts {
  sluice::method method = sluice::method::get;
  http_version version = http_version::v1_1;
};

/// Whether the connection is used again after a response. RFC 9112 sec. 9.3
enum class persistence : std::uint8_t { keep, close };

/// How the end of a response's content is marked. RFC 9112 sec. 6.3
enum class framing : std::uint8_t { none, content_length, chunked, until_close };

/// Writes one response after another, and refuses what would break the framing.
/// Content is not copied: the caller sends `prefix`, the content, `suffix`.
class response_writer {
public:
  /// The framing octets around a piece of content.
  struct envelope {
    std::error_code error;
    std::string prefix;      ///< chunk size line; empty unless chunked
    std::string_view suffix; ///< CRLF after the chunk; empty unless chunked
    bool discard = false;    ///< the content must not be sent (HEAD)
  };

  /// Starts a response: appends status line and header section to `out`. Nothing is appended on
  /// error. Adds Date (`date`, an IMF-fixdate; omitted when empty), Connection, and Content-Length
  /// or Transfer-Encoding; a Content-Length in `head` counts as the declared length, any other
  /// framing field is refused. `length`: octets of content to come; absent when not known (chunked,
  /// or until close for HTTP/1.0). For HEAD and 304 that field outranks `length`, for there the
  /// content is not sent. A `Connection: close` field in `head` means persistence::close; an
  /// Upgrade field is named in Connection. `room`: octets that the caller is to append to `out`,
  /// for which memory is asked at once. Errors: errc::malformed_response_field,
  /// errc::reserved_response_field, errc::malformed_response Source: RFC 9110 sec. 6.4.1, 8.6, RFC
  /// 9112 sec. 6
  [[nodiscard]] std::error_code begin(const request_facts& facts, status code, const fields& head,
                                      std::optional<std::uint64_t> length, persistence wish,
                                      std::string_view date, std::string& out,
                                      std::size_t room = 0);

  /// Frames a piece of content of `size` octets. An empty piece frames nothing.
  /// Errors: errc::content_too_long (also for a response that forbids content)
  [[nodiscard]] envelope content(std::size_t size);

  /// Ends the response: appends what marks the end. Trailers go only into a chunked response, else
  /// they are dropped. Errors: errc::content_too_short (the connection must be aborted),
  /// errc::malformed_response_field,
  ///   errc::reserved_response_field (a framing field among the trailers)
  [[nodiscard]] std::error_code finish(const fields& trailers, std::string& out);

  /// Whether `begin` succeeded and `finish` did not yet.
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// What the started response says of the connection: close also for until_close framing.
  [[nodiscard]] persistence after() const noexcept { return after_; }
  [[nodiscard]] framing framing_in_use() const noexcept { return framing_; }

private:
  bool open_ = false;
  bool is_head_ = false;
  framing framing_ = framing::none;
  persistence after_ = persistence::keep;
  std::uint64_t remaining_ = 0; ///< of the declared length
};

/// An interim response without fields, e.g. "HTTP/1.1 100 Continue". RFC 9110 sec. 15.2
[[nodiscard]] std::string_view continue_response() noexcept;

} // namespace sluice::http

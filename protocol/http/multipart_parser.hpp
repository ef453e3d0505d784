#pragma once

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What a multipart content may cost.
struct multipart_limits {
  std::size_t parts = 1000;       ///< parts, of whatever size
  std::size_t header = 16 * 1024; ///< octets of a part's header section
  std::size_t header_lines = 32;  ///< lines of it
};

namespace http {

enum class multipart_event : std::uint8_t {
  none,    ///< the input is used up
  part,    ///< a part begins: `take_header`
  content, ///< a piece of the part's content: `content`
  end,     ///< the closing boundary was read; final, what follows is ignored
  error,   ///< no multipart content, or over a limit: `error`; final
};

/// Cuts multipart content into its parts, wherever the pieces in which it comes end. Holds no more
/// than a piece, a boundary and a header section. Source: RFC 2046 sec. 5.1, RFC 7578 sec. 4
class multipart_parser {
public:
  /// `boundary`: the parameter of the Content-Type, 1 to 70 octets
  multipart_parser(std::string_view boundary, const multipart_limits& most);

  /// Gives it the next piece. @pre `next` returned none
  void feed(octet_view piece);
  /// Goes on to the next event in what was fed.
  [[nodiscard]] multipart_event next();

  /// The header section, once, after `part`.
  [[nodiscard]] fields take_header() { return std::move(header_); }
  /// The piece after `content`; until the next call of `next`.
  [[nodiscard]] octet_view content() const noexcept { return as_octets(content_); }
  /// What is wrong, after `error`; a sentence.
  [[nodiscard]] std::string_view error() const noexcept { return error_; }

private:
  enum class state : std::uint8_t {
    preamble,
    after_boundary,
    header,
    content_start,
    content,
    done
  };

  [[nodiscard]] multipart_event on_content();
  [[nodiscard]] multipart_event on_boundary();
  [[nodiscard]] multipart_event on_header();
  [[nodiscard]] multipart_event on_content_start();
  [[nodiscard]] multipart_event fail(std::string_view why) noexcept;
  [[nodiscard]] std::string_view rest() const noexcept {
    return std::string_view{buffer_}.substr(position_);
  }

  const std::string delimiter_; ///< CRLF, two hyphens, the boundary
  const multipart_limits limits_;
  state state_ = state::preamble;
  std::string buffer_ = "\r\n"; ///< the first delimiter needs no line before it
  std::size_t position_ = 0;    ///< in the buffer: where what is not used up begins
  std::size_t searched_ = 0; ///< octets behind `position_` in which no end was found: of a header
                             ///< section, or of a boundary's line
  std::size_t parts_ = 0;
  fields header_;
  std::string_view content_; ///< into the buffer
  std::string_view error_;
};

} // namespace http

} // namespace sluice

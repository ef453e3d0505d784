#pragma once

#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/method.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::http::internal {

/// Reads one request line, and the empty lines that may stand before it, octet by octet: the
/// verdict on an octet never depends on how the octets were cut. Not left to llhttp, which gives up
/// inside a method it does not know, has many that we do not, accepts several spaces, lone line
/// ends before the line, HTTP/0.9, and RTSP and ICE as protocol names. Source: RFC 9112
/// sec. 2.2, 2.3, 3
class request_line {
public:
  /// Reads on. @returns octets used: all of `input`, or up to the end of the line, or up to an
  /// error
  std::size_t read(std::string_view input, std::size_t target_limit);

  [[nodiscard]] bool is_complete() const noexcept { return state_ == state::complete; }
  /// Whether the line has begun: empty lines before it do not count.
  [[nodiscard]] bool has_begun() const noexcept { return state_ > state::empty_line_lf; }
  [[nodiscard]] bool is_in_target() const noexcept { return state_ == state::target; }
  /// Why the line was refused; empty while it is not.
  [[nodiscard]] const std::error_code& error() const noexcept { return error_; }

  /// GET while it is not read, and where it is none of ours.
  [[nodiscard]] sluice::method method() const noexcept { return method_; }
  [[nodiscard]] http_version version() const noexcept { return version_; }
  /// The request target; moved out by the one who needs it.
  [[nodiscard]] std::string& target() noexcept { return target_; }
  /// Octets of the path, if the target is known to be in origin-form: it starts with a slash, holds
  /// nothing that a target may not, and what follows its path is a query. 0: not known.
  [[nodiscard]] std::size_t origin_path() const noexcept { return origin_path_; }

private:
  /// In the order of the octets: empty lines, method SP, target SP, version CR, LF.
  enum class state : std::uint8_t {
    start,
    empty_line_lf,
    method,
    target,
    version,
    cr,
    lf,
    complete
  };

  std::size_t read_at_once(std::string_view input, std::size_t target_limit);
  void read_start(char c) noexcept;
  void read_method(char c) noexcept;
  std::size_t read_target(std::string_view input, std::size_t limit);
  void read_version(char c) noexcept;
  void expect(char c, char expected, state next) noexcept;

  std::error_code error_;
  std::string target_;
  std::size_t origin_path_ = 0;
  state state_ = state::start;
  sluice::method method_ = sluice::method::get;
  http_version version_ = http_version::v1_1;
  std::uint8_t length_ = 0; ///< characters held in token_
  char token_[8] = {};      ///< the method or the version, as far as read
};

} // namespace sluice::http::internal

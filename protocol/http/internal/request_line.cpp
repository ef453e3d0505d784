#include "sluice/protocol/http/internal/request_line.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/fields.hpp"

#include <algorithm>
#include <array>

namespace sluice::http::internal {

namespace {

/// Octets of the longest methods: CONNECT, OPTIONS.
constexpr std::size_t longest_method = 7;

constexpr std::string_view version_shape = "HTTP/D.D"; // D stands for a digit

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// What may stand in a path, in a target whose only mark is the one before its query.
constexpr std::array<bool, 256> make_path_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0x21; c < 0x7f; ++c)
    table[c] = c != '?' && c != '#';
  return table;
}

constexpr auto path_table = make_path_table();

constexpr bool is_path(char c) noexcept {
  return path_table[static_cast<unsigned char>(c)];
}

} // namespace

// Most lines arrive whole, in the one plain form. Anything else is left to the states, which give
// the verdict.
std::size_t request_line::read_at_once(std::string_view input, std::size_t target_limit) {
  constexpr std::string_view tail = " HTTP/1.1\r\n";
  const auto gap = input.substr(0, longest_method + 1).find(' ');
  if (gap == std::string_view::npos || input.size() < gap + 2 + tail.size())
    return 0;
  const auto found = method_of(input.substr(0, gap));
  if (!found || *found == method::connect || input[gap + 1] != '/')
    return 0;
  const auto* const begin = input.data() + gap + 1;
  const auto* const end = input.data() + input.size();
  const auto* const path_end = std::find_if_not(begin, end, is_path);
  const auto* target_end = path_end;
  if (target_end != end && *target_end == '?')
    target_end = std::find_if_not(target_end, end, [](char c) { return is_path(c) || c == '?'; });
  const auto length = static_cast<std::size_t>(target_end - begin);
  if (length > target_limit || !std::string_view{target_end, end}.starts_with(tail))
    return 0;
  method_ = *found;
  target_.assign(begin, length);
  origin_path_ = static_cast<std::size_t>(path_end - begin);
  state_ = state::complete;
  return gap + 1 + length + tail.size();
}

std::size_t request_line::read(std::string_view input, std::size_t target_limit) {
  std::size_t used = state_ == state::start ? read_at_once(input, target_limit) : 0;
  while (used < input.size() && state_ != state::complete && !error_) {
    if (state_ == state::target) {
      used += read_target(input.substr(used), target_limit);
      continue;
    }
    const char c = input[used];
    ++used;
    switch (state_) {
      case state::start: read_start(c); break;
      case state::empty_line_lf: expect(c, '\n', state::start); break;
      case state::method: read_method(c); break;
      case state::version: read_version(c); break;
      case state::cr: expect(c, '\r', state::lf); break;
      case state::lf: expect(c, '\n', state::complete); break;
      case state::target:
      case state::complete: break;
    }
  }
  return used;
}

void request_line::read_start(char c) noexcept {
  if (c == '\r') {
    state_ = state::empty_line_lf;
    return;
  }
  state_ = state::method;
  read_method(c);
}

void request_line::read_method(char c) noexcept {
  const std::string_view token{token_, length_};
  if (c == ' ' && length_ > 0) {
    const auto found = method_of(token);
    if (found)
      method_ = *found;
    else // PRI is set aside for the preface of HTTP/2: RFC 9113 sec. 3.4, 11.6
      error_ = token == "PRI" ? errc::unsupported_version : errc::unknown_method;
    state_ = state::target;
    length_ = 0;
  } else if (!is_token({&c, 1})) {
    error_ = errc::malformed_request;
  } else if (length_ == longest_method) {
    error_ = errc::unknown_method;
  } else {
    token_[length_++] = c;
  }
}

std::size_t request_line::read_target(std::string_view input, std::size_t limit) {
  const auto* const stop = std::find_if(input.data(), input.data() + input.size(),
                                        [](char c) { return c <= ' ' || c >= 0x7f; });
  const auto length = static_cast<std::size_t>(stop - input.data());
  if (length > limit - target_.size()) {
    error_ = errc::target_too_long;
    return length;
  }
  target_.append(input.substr(0, length));
  if (length == input.size())
    return length;
  if (*stop == ' ')
    state_ = state::version;
  else
    error_ = *stop == '\r' || *stop == '\n' ? errc::malformed_request : errc::malformed_target;
  return length + 1;
}

void request_line::read_version(char c) noexcept {
  const char expected = version_shape[length_];
  if (expected == 'D' ? !is_digit(c) : c != expected) {
    error_ = errc::malformed_request;
    return;
  }
  token_[length_++] = c;
  if (length_ < version_shape.size())
    return;
  const std::string_view token{token_, length_};
  if (!token.starts_with("HTTP/1."))
    error_ = errc::unsupported_version;
  // A higher minor version is read as the highest that we know: RFC 9110 sec. 2.5
  version_ = token == "HTTP/1.0" ? http_version::v1_0 : http_version::v1_1;
  state_ = state::cr;
}

void request_line::expect(char c, char expected, state next) noexcept {
  if (c == expected)
    state_ = next;
  else
    error_ = errc::malformed_request;
}

} // namespace sluice::http::internal

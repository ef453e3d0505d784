// begin() first judges the whole head and measures it, then appends it in one go: a refused
// response leaves no octet.
//
// The framing follows from status, method, version and length (RFC 9112 sec. 6.3):
//
//   1xx, 204                none           no framing field
//   304                     none           Content-Length only where it is given
//   205                     content_length 0
//   length known            content_length also for HEAD, whose content is accounted and discarded
//   unknown, HEAD           none           its end is the end of the head
//   unknown, to HTTP/1.1    chunked
//   unknown, to HTTP/1.0    until_close

#include "sluice/protocol/http/response_writer.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/internal/head_rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <limits>

namespace sluice::http {

namespace {

constexpr char line_end[] = "\r\n"; // NOLINT(modernize-avoid-c-arrays): appended as a literal

/// Digits of an integer, without allocation.
class digits {
public:
  explicit digits(std::uint64_t value, int base = 10) noexcept {
    const auto end = std::to_chars(buffer_.data(), buffer_.data() + buffer_.size(), value, base)
                       .ptr;
    size_ = static_cast<std::size_t>(end - buffer_.data());
  }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), size_}; }

private:
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> buffer_;
  std::size_t size_;
};

/// What the fields of a response's head say beyond themselves.
struct head_findings {
  std::error_code error;
  std::size_t octets = 0; ///< of all field lines
  std::optional<std::uint64_t> length;
  bool has_close = false;
  bool has_date = false;
  bool has_upgrade = false;
};

/// Framing fields that the writer alone may send.
bool is_reserved(std::string_view name) noexcept {
  return equals_ignoring_case(name, "transfer-encoding") || equals_ignoring_case(name, "keep-alive")
         || equals_ignoring_case(name, "proxy-connection");
}

std::size_t octets_of(const field& line) noexcept {
  return line.name.size() + line.value.size() + std::string_view{": \r\n"}.size();
}

std::error_code check_line(const field& line) noexcept {
  if (!is_token(line.name) || !is_field_value(line.value))
    return errc::malformed_response_field;
  if (is_reserved(line.name))
    return errc::reserved_response_field;
  return {};
}

head_findings examine(const fields& head) noexcept {
  head_findings found;
  for (const auto line : head) {
    found.error = check_line(line);
    if (equals_ignoring_case(line.name, "content-length")) {
      const bool is_repeated = found.length.has_value();
      found.length = internal::parse_content_length(line.value);
      if (is_repeated || !found.length)
        found.error = errc::malformed_response_field;
    } else if (equals_ignoring_case(line.name, "connection")) {
      found.has_close = true;
      if (!equals_ignoring_case(line.value, "close"))
        found.error = errc::reserved_response_field;
    } else if (equals_ignoring_case(line.name, "date")) {
      found.has_date = true;
    } else if (equals_ignoring_case(line.name, "upgrade")) {
      found.has_upgrade = true;
    }
    if (found.error)
      return found;
    found.octets += octets_of(line);
  }
  return found;
}

/// How a response's content is framed, and the Content-Length to announce, if any.
struct frame_plan {
  std::error_code error;
  framing kind = framing::none;
  std::optional<std::uint64_t> announced;
};

frame_plan without_content(status code, std::optional<std::uint64_t> length) noexcept {
  if (code == status::not_modified)
    return {{}, framing::none, length};
  if (length.value_or(0) > 0)
    return {errc::malformed_response, framing::none, {}};
  if (code == status::reset_content)
    return {{}, framing::content_length, 0};
  return {};
}

frame_plan plan_frame(const request_facts& facts, status code,
                      std::optional<std::uint64_t> length) noexcept {
  if (forbids_content(code) || code == status::reset_content)
    return without_content(code, length);
  if (length)
    return {{}, framing::content_length, length};
  if (facts.method == method::head)
    return {};
  return {{}, facts.version == http_version::v1_1 ? framing::chunked : framing::until_close, {}};
}

/// Reconciles a Content-Length in the head with the length that the caller knows.
/// HEAD and 304 speak of a content that is not sent, so there the field outranks what the caller
/// counted.
/// @returns an error where they contradict each other
std::error_code settle_length(const request_facts& facts, status code, const head_findings& found,
                              std::optional<std::uint64_t>& length) noexcept {
  const bool is_about_absent = facts.method == method::head || code == status::not_modified;
  if (code == status::not_modified && length == 0U)
    length.reset();
  if (!found.length)
    return {};
  if (length && length != found.length && !is_about_absent)
    return errc::malformed_response;
  length = found.length;
  return {};
}

/// Whether HTTP has such a response to such a request at all. 101 belongs to the opening handshake.
bool is_possible(const request_facts& facts, status code) noexcept {
  const auto number = code_of(code);
  if (number < 100 || number > 599 || code == status::switching_protocols)
    return false;
  if (number < 200)
    return facts.version == http_version::v1_1;
  return facts.method != method::connect || number >= 300;
}

/// The value of Connection; empty when the field is not needed. RFC 9110 sec. 7.8, RFC 9112
/// sec. 9.6
std::string_view connection_options(http_version version, persistence after,
                                    bool has_upgrade) noexcept {
  if (after == persistence::close)
    return has_upgrade ? "close, upgrade" : "close";
  if (version == http_version::v1_0)
    return has_upgrade ? "keep-alive, upgrade" : "keep-alive";
  return has_upgrade ? "upgrade" : "";
}

/// The lines that the writer adds behind a head's own ones: short pieces, put together on the
/// stack.
class own_lines {
public:
  own_lines& operator<<(std::string_view piece) noexcept {
    assert(piece.size() <= buffer_.size() - size_);
    std::copy_n(piece.data(), piece.size(), buffer_.data() + size_); // an empty piece may have no
                                                                     // place
    size_ += piece.size();
    return *this;
  }
  /// A literal, whose size is known to the compiler.
  template <std::size_t Size>
  own_lines& operator<<(const char (&piece)[Size]) noexcept {
    assert(Size - 1 <= buffer_.size() - size_);
    std::memcpy(buffer_.data() + size_, piece, Size - 1);
    size_ += Size - 1;
    return *this;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), size_}; }

private:
  std::array<char, 96> buffer_; // framing, Connection and the blank line take 73 at most
  std::size_t size_ = 0;
};

/// A head as it was judged, and what of the response is the same as long as the head is.
struct judged_head {
  fields lines;
  head_findings found;
  std::string written; ///< `lines` but Connection and Content-Length, which are written once, after
                       ///< them; empty where there is an error
  /// Status line, Date and `written`, as they were sent last, with what they were made of.
  std::string start;
  std::string date;
  status code{};
};

/// Most responses of a service differ in nothing but their content: the head that a thread has
/// judged last is often the next one too.
judged_head& judge(const fields& head) {
  thread_local judged_head last;
  if (last.lines.is_spelled_as(head))
    return last;
  judged_head next{head, examine(head), {}, {}, {}, {}};
  if (!next.found.error) {
    next.written.reserve(next.found.octets);
    for (const auto [name, value] : head)
      if (!equals_ignoring_case(name, "connection")
          && !equals_ignoring_case(name, "content-length"))
        next.written.append(name).append(": ").append(value).append(line_end);
  }
  return last = std::move(next);
}

/// How a response with this head starts. `date`: empty for a response without Date
const std::string& start_of(judged_head& head, status code, std::string_view date) {
  if (head.code == code && head.date == date)
    return head.start;
  std::string start{"HTTP/1.1 "};
  start.append(digits{code_of(code)}.text()).append(" ").append(reason_phrase(code));
  start.append(line_end);
  if (!date.empty())
    start.append("Date: ").append(date).append(line_end);
  start.append(head.written);
  std::string copy{date}; // what follows does not fail
  head.start = std::move(start);
  head.date = std::move(copy);
  head.code = code;
  return head.start;
}

} // namespace

std::error_code response_writer::begin(const request_facts& facts, status code, const fields& head,
                                       std::optional<std::uint64_t> length, persistence wish,
                                       std::string_view date, std::string& out, std::size_t room) {
  assert(!open_);
  if (!is_possible(facts, code))
    return errc::malformed_response;
  auto& judged = judge(head);
  const auto& found = judged.found;
  if (found.error)
    return found.error;
  if (const auto error = settle_length(facts, code, found, length))
    return error;
  const auto plan = plan_frame(facts, code, length);
  if (plan.error)
    return plan.error;
  const bool is_interim = code_of(code) < 200;
  const auto& start = start_of(judged, code,
                               found.has_date || is_interim ? std::string_view{} : date);

  open_ = true;
  is_head_ = facts.method == method::head;
  framing_ = plan.kind;
  remaining_ = framing_ == framing::content_length ? *plan.announced : 0;
  const bool is_closing = wish == persistence::close || found.has_close
                          || framing_ == framing::until_close;
  after_ = is_closing ? persistence::close : persistence::keep;

  own_lines own;
  if (plan.announced)
    own << "Content-Length: " << digits{*plan.announced}.text() << line_end;
  else if (framing_ == framing::chunked)
    own << "Transfer-Encoding: chunked\r\n";
  const auto options = connection_options(facts.version, after_, found.has_upgrade);
  if (!options.empty() && !is_interim)
    own << "Connection: " << options << line_end;
  own << line_end;
  out.reserve(out.size() + start.size() + own.text().size() + room);
  out.append(start).append(own.text());
  return {};
}

response_writer::envelope response_writer::content(std::size_t size) {
  assert(open_);
  envelope result;
  result.discard = is_head_;
  if (size == 0)
    return result;
  switch (framing_) {
    case framing::none:
      if (!is_head_)
        result.error = errc::content_too_long;
      break;
    case framing::content_length:
      if (size > remaining_)
        result.error = errc::content_too_long;
      else
        remaining_ -= size;
      break;
    case framing::chunked:
      result.prefix.append(digits{size, 16}.text()).append(line_end);
      result.suffix = line_end;
      break;
    case framing::until_close: break;
  }
  return result;
}

std::error_code response_writer::finish(const fields& trailers, std::string& out) {
  assert(open_);
  // The content of a HEAD response is not sent, so none can be missing.
  if (framing_ == framing::content_length && remaining_ > 0 && !is_head_)
    return errc::content_too_short;
  if (framing_ == framing::chunked) {
    const auto& judged = judge(trailers);
    const auto& found = judged.found;
    if (found.error)
      return found.error;
    if (found.length || found.has_close)
      return errc::reserved_response_field;
    out.append("0\r\n").append(judged.written).append(line_end);
  }
  open_ = false;
  return {};
}

std::string_view continue_response() noexcept {
  return "HTTP/1.1 100 Continue\r\n\r\n";
}

} // namespace sluice::http

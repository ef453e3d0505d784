#include "sluice/protocol/http/multipart_parser.hpp"

#include "sluice/protocol/http/internal/text.hpp"

#include <algorithm>

namespace sluice::http {

namespace {

/// How many octets at the end of `text` may begin a `delimiter`.
std::size_t begun_at_end(std::string_view text, std::string_view delimiter) noexcept {
  for (auto length = std::min(text.size(), delimiter.size() - 1); length > 0; --length)
    if (delimiter.starts_with(text.substr(text.size() - length)))
      return length;
  return 0;
}

} // namespace

multipart_parser::multipart_parser(std::string_view boundary, const multipart_limits& most)
  : delimiter_{"\r\n--" + std::string{boundary}}, limits_{most} {}

void multipart_parser::feed(octet_view piece) {
  buffer_.erase(0, position_);
  position_ = 0;
  if (state_ != state::done)
    buffer_ += as_text(piece);
}

multipart_event multipart_parser::next() {
  switch (state_) {
    case state::preamble:
    case state::content: return on_content();
    case state::after_boundary: return on_boundary();
    case state::header: return on_header();
    case state::content_start: return on_content_start();
    case state::done: break;
  }
  position_ = buffer_.size();
  return error_.empty() ? multipart_event::none : multipart_event::error;
}

multipart_event multipart_parser::fail(std::string_view why) noexcept {
  state_ = state::done;
  error_ = why;
  return multipart_event::error;
}

multipart_event multipart_parser::on_content() {
  const auto left = rest();
  const auto found = left.find(delimiter_);
  const auto size = found != std::string_view::npos ? found
                                                    : left.size() - begun_at_end(left, delimiter_);
  if (size > 0) {
    position_ += size;
    if (state_ == state::preamble) // nobody reads it
      return found != std::string_view::npos ? on_content() : multipart_event::none;
    content_ = left.substr(0, size);
    return multipart_event::content;
  }
  if (found == std::string_view::npos)
    return multipart_event::none;
  position_ += delimiter_.size();
  state_ = state::after_boundary;
  return on_boundary();
}

multipart_event multipart_parser::on_boundary() {
  const auto left = rest();
  if (left.size() < 2)
    return multipart_event::none;
  if (left.starts_with("--")) {
    state_ = state::done;
    position_ = buffer_.size();
    return multipart_event::end;
  }
  const auto end = left.find("\r\n", searched_);
  // Whitespace may pad the line; with anything else it is not our boundary, but one that begins
  // with it. What is judged does not depend on how much of it has come.
  auto padding = left.substr(0, std::min(end, limits_.header + 1));
  if (end == std::string_view::npos && padding.size() == left.size() && padding.ends_with('\r'))
    padding.remove_suffix(1);
  if (padding.find_first_not_of(" \t", searched_) != std::string_view::npos)
    return fail("A boundary is followed by something else.");
  if (padding.size() > limits_.header)
    return fail("A boundary's line is too long.");
  if (end == std::string_view::npos) {
    searched_ = padding.size();
    return multipart_event::none;
  }
  searched_ = 0;
  if (++parts_ > limits_.parts)
    return fail("There are too many parts.");
  position_ += end; // the line break stays: a header section may be empty
  state_ = state::header;
  return on_header();
}

multipart_event multipart_parser::on_header() {
  const auto left = rest();
  const auto end = left.find("\r\n\r\n", searched_);
  if (end == std::string_view::npos ? left.size() > limits_.header + 3 : end > limits_.header)
    return fail("The header section of a part is too large.");
  if (end == std::string_view::npos) {
    searched_ = left.size() - std::min<std::size_t>(left.size(), 3); // where one may have begun
    return multipart_event::none;
  }
  searched_ = 0;
  header_.clear();
  for (auto lines = left.substr(0, end); !lines.empty();) {
    lines.remove_prefix(2);
    const auto line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size());
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name))
      return fail("The header section of a part holds a line that is none.");
    const auto value = internal::trimmed(line.substr(colon + 1));
    if (!is_field_value(value))
      return fail("The header section of a part holds a control character.");
    if (header_.size() == limits_.header_lines)
      return fail("The header section of a part has too many lines.");
    header_.add(name, value);
  }
  position_ += end + 2; // the empty line stays: a part without content may use it for its delimiter
  state_ = state::content_start;
  return multipart_event::part;
}

multipart_event multipart_parser::on_content_start() {
  const auto left = rest();
  if (left.size() < delimiter_.size() && delimiter_.starts_with(left))
    return multipart_event::none;
  if (!left.starts_with(delimiter_))
    position_ += 2;
  state_ = state::content;
  return on_content();
}

} // namespace sluice::http

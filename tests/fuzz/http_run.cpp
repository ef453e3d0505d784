#include "tests/fuzz/http_run.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/target.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <algorithm>

namespace sluice::fuzz {

using http::request_event;

namespace {

/// Reads a message body in the chunked transfer coding by the letter of RFC 9112 sec. 7.1, and
/// measures what limits::chunk_framing bounds. Ours alone: it shares nothing with llhttp.
class chunk_reader {
public:
  explicit chunk_reader(std::string_view body) noexcept : rest_{body} {}

  /// The content; the body must end with it and its trailer section.
  std::string read(const http::limits& bounds) {
    std::string content;
    std::size_t before = 0; // octets of the line end before the chunk's size
    while (true) {
      const auto line = take_line();
      const auto size = size_of(line);
      require(before + line.size() + 2 <= bounds.chunk_framing,
              "chunk framing is within its limit");
      if (size == 0)
        break;
      require(size <= rest_.size(), "a chunk is whole");
      content += rest_.substr(0, size);
      rest_.remove_prefix(size);
      require(take_line().empty(), "a chunk ends in a line end");
      before = 2;
    }
    const auto trailers = rest_.size();
    while (!take_line().empty()) {}
    require(rest_.empty(), "a message ends where its last chunk says");
    require(trailers <= bounds.trailer_section + 2, "a trailer section is within its limit");
    return content;
  }

private:
  std::string_view take_line() {
    const auto end = rest_.find("\r\n");
    require(end != std::string_view::npos, "a line of chunk framing ends in CRLF");
    const auto line = rest_.substr(0, end);
    require(line.find_first_of("\r\n") == std::string_view::npos, "a line holds no line end");
    rest_.remove_prefix(end + 2);
    return line;
  }

  static std::size_t size_of(std::string_view line) {
    std::size_t size = 0;
    std::size_t digits = 0;
    for (; digits < line.size(); ++digits) {
      const char c = line[digits];
      const auto value = c >= '0' && c <= '9'   ? c - '0'
                         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                : -1;
      if (value < 0)
        break;
      require(size >> 59U == 0, "a chunk size does not overflow");
      size = size * 16 + static_cast<std::size_t>(value);
    }
    require(digits > 0, "a chunk size has digits");
    require(digits == line.size() || line[digits] == ';',
            "a chunk size ends, or extensions follow");
    return size;
  }

  std::string_view rest_;
};

void describe(const fields& section, std::string& out) {
  for (const auto [name, value] : section)
    out.append("  [").append(name).append("=").append(value).append("]\n");
}

/// RFC 9110 sec. 5.1, 5.5
void check_section(const fields& section) {
  for (const auto [name, value] : section) {
    require(is_token(name), "a field name is a token");
    require(is_field_value(value), "a field value holds no control character");
    const auto is_trimmed = value.empty()
                            || (value.front() != ' ' && value.front() != '\t' && value.back() != ' '
                                && value.back() != '\t');
    require(is_trimmed, "a field value has no whitespace around it");
  }
}

/// RFC 9112 sec. 3.2, 6
void check_head(const request& head, const http::limits& bounds) {
  require(head.target.size() <= bounds.target, "a target is within its limit");
  const auto parsed = http::parse_target(head.target);
  require(parsed.has_value(), "a target has one of the four forms");
  // The authority of a target becomes Host where the client sent none.
  const std::size_t made = parsed->form == http::target_form::absolute ? 1 : 0;
  require(head.fields.size() <= bounds.field_count + made,
          "a section has no more lines than its limit");
  check_section(head.fields);
  require_same(head.path, parsed->path, "the path is the target's");
  const auto hosts = head.fields.count("Host");
  require(hosts == 1 || (hosts == 0 && head.version == http_version::v1_0), "Host stands once");
  require(hosts == 0 || http::is_host(*head.fields.find("Host")), "Host is valid");

  const auto codings = head.fields.count("Transfer-Encoding");
  const auto lengths = head.fields.count("Content-Length");
  require(codings + lengths <= 1, "at most one field frames the content");
  require(head.chunked == (codings == 1), "chunked is what Transfer-Encoding says");
  require(head.content_length.has_value() == (lengths == 1), "a length is what its field says");
  require(!head.chunked || head.version == http_version::v1_1, "chunked comes with HTTP/1.1 only");
  if (head.content_length) {
    auto digits = *head.fields.find("Content-Length");
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    require_same(digits, std::to_string(*head.content_length), "the length is its field's number");
  }
}

} // namespace

http_run::http_run(const http::limits& bounds, octet_view whole, std::size_t ask_at,
                   upgrades policy)
  : bounds_{bounds}, parser_{bounds}, whole_{whole}, ask_at_{ask_at}, policy_{policy} {}

bool http_run::feed(octet_view piece) {
  // After the last octet of a piece the parser is asked again: `end` needs none.
  while (!is_refused_ && !upgraded_) {
    const auto step = next(piece);
    piece = piece.subspan(step.consumed);
    switch (step.event) {
      case request_event::none: return true;
      case request_event::head: on_head(); break;
      case request_event::content: on_content(step.content); break;
      case request_event::end: on_end(); break;
      case request_event::error: on_error(step); break;
    }
  }
  return false;
}

http::request_parser::step http_run::next(octet_view piece) {
  if (calls_++ == ask_at_)
    foresee();
  const auto step = parser_.next(piece);
  require(step.consumed <= piece.size(), "no more is consumed than there was");
  at_ += step.consumed;
  if (step.event == request_event::none)
    require(step.consumed == piece.size(), "without an event all is consumed");
  require(step.event == request_event::content || step.content.empty(), "content has its event");
  require(step.event == request_event::error || !step.error, "an error has its event");
  return step;
}

void http_run::foresee() {
  const bool will = parser_.would_complete(whole_.subspan(at_));
  require(!foreseen_ || *foreseen_ == will, "would_complete says the same each time");
  foreseen_ = will;
}

void http_run::note_state() {
  account_ += " @" + std::to_string(at_);
  account_ += parser_.is_in_message() ? " in message" : "";
  account_ += parser_.is_persistent() ? " persistent\n" : "\n";
}

void http_run::on_head() {
  require(at_ - message_at_ <= bounds_.field_section, "a header section is within its limit");
  require(!head_, "a message has one head");
  require(parser_.is_in_message(), "after the head the parser is in a message");
  const bool is_persistent = parser_.is_persistent();
  head_ = parser_.take_head();
  content_at_ = at_;
  check_head(*head_, bounds_);
  if (head_->method == method::connect)
    require(!is_persistent && !head_->has_content(), "nothing follows a CONNECT");
  else if (!head_->fields.contains("Connection"))
    require(is_persistent == (head_->version == http_version::v1_1), "HTTP/1.1 persists by itself");
  account_ += "head " + std::string{to_string(head_->method)} + " " + head_->target;
  account_ += head_->version == http_version::v1_1 ? " 1.1" : " 1.0";
  note_state();
  describe(head_->fields, account_);
  foresee();
  if (policy_ == upgrades::refused || !websocket::asks_for_websocket(*head_))
    return;
  const auto refusal = websocket::check_handshake(*head_);
  account_ += "handshake: " + (refusal ? refusal.message() : "accepted") + "\n";
  if (refusal)
    require(suggested_status(refusal) == 400 || suggested_status(refusal) == 426,
            "an upgrade is refused with 400 or 426");
  else
    upgraded_ = std::move(head_);
}

void http_run::on_content(octet_view content) {
  require(head_.has_value(), "content comes after a head");
  require(!content.empty(), "a piece of content is not empty");
  require(content.data() >= whole_.data() && content.data() + content.size() <= whole_.data() + at_,
          "content views what was consumed");
  content_ += as_text(content);
  require(head_->has_content(), "content comes only when announced");
  require(head_->chunked || content_.size() <= *head_->content_length, "content has its length");
  require(parser_.is_in_message(), "content is a part of its message");
}

void http_run::on_end() {
  require(head_.has_value(), "a message has a head");
  require(!foreseen_ || *foreseen_, "what completes was foreseen to complete");
  require(!parser_.is_in_message(), "after the end no message is left");
  const auto stuck = parser_.next(whole_.subspan(at_));
  require(stuck.consumed == 0 && stuck.event == request_event::none, "the parser stops at the end");

  const auto body = as_text(whole_.subspan(content_at_, at_ - content_at_));
  if (head_->chunked)
    require_same(chunk_reader{body}.read(bounds_), content_, "content is what the chunks hold");
  else
    require_same(body, content_, "content is what stands after the head");
  require(head_->chunked || content_.size() == head_->content_length.value_or(0),
          "content is as long as announced");
  account_ += "content " + content_ + "\nend";
  note_state();
  const auto trailers = parser_.take_trailers();
  check_section(trailers);
  require(head_->chunked || trailers.empty(), "trailers come with chunks only");
  describe(trailers, account_);
  parser_.restart();
  require(!parser_.is_in_message(), "a restarted parser is between messages");
  head_.reset();
  content_.clear();
  foreseen_.reset();
  message_at_ = at_;
}

void http_run::on_error(const http::request_parser::step& step) {
  is_refused_ = true;
  require(static_cast<bool>(step.error), "a refusal has a reason");
  require(!foreseen_ || !*foreseen_, "what is refused was not foreseen to complete");
  const auto code = suggested_status(step.error);
  require(code >= 400 && code <= 599 && code != 500, "a refusal is answered with a status");
  account_ += "content " + content_ + "\nerror " + step.error.message();
  account_ += " " + std::to_string(code) + "\n";
  const auto again = parser_.next(whole_.subspan(at_));
  require(again.event == request_event::error && again.error == step.error && again.consumed == 0,
          "a refusal is final");
  require(!parser_.would_complete(whole_.subspan(at_)), "what was refused never completes");
}

std::string http_run::finish() {
  if (is_refused_ || upgraded_)
    return account_;
  require(at_ == whole_.size(), "all that came was used");
  require(!foreseen_ || !*foreseen_, "what was foreseen to complete does");
  account_ += "content " + content_ + "\nend of stream";
  note_state();
  return account_;
}

} // namespace sluice::fuzz

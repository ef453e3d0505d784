// Differential: multipart content however it is cut, and as our own reader finds it, which has all
// of it at once. Settings: where to cut (four), the limits of parts, of a header section's octets
// and of its lines, then the boundary: '0' is "b", another its length, from the third octet on.

#include "sluice/protocol/http/multipart_parser.hpp"
#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <string>

using namespace sluice::fuzz;
using sluice::http::multipart_event;

namespace {

class run {
public:
  run(std::string_view boundary, const sluice::multipart_limits& most)
    : most_{most}, delimiter_{"\r\n--" + std::string{boundary}}, parser_{boundary, most_} {}

  bool feed(sluice::octet_view piece) {
    parser_.feed(piece);
    while (true) {
      switch (parser_.next()) {
        case multipart_event::none: return true;
        case multipart_event::part: begin_part(); break;
        case multipart_event::content:
          require(is_in_part_, "content belongs to a part");
          require(!parser_.content().empty(), "a piece of content is not empty");
          content_ += sluice::as_text(parser_.content());
          break;
        case multipart_event::end:
          end_part();
          account_ += "end\n";
          require(parser_.next() == multipart_event::none, "nothing follows the end");
          return false;
        case multipart_event::error:
          account_.append("error: ").append(parser_.error());
          require(parser_.next() == multipart_event::error, "an error stays");
          return false;
      }
    }
  }

  std::string finish() { return account_ + '(' + content_; }

private:
  void begin_part() {
    end_part();
    is_in_part_ = true;
    require(++parts_ <= most_.parts, "there are no more parts than allowed");
    const auto header = parser_.take_header();
    require(header.size() <= most_.header_lines, "there are no more lines than allowed");
    require(header.octets() <= most_.header, "a header section is no larger than allowed");
    for (const auto line : header)
      account_.append(line.name).append(": ").append(line.value).append("\n");
  }
  void end_part() {
    if (is_in_part_)
      account_ += '(' + content_ + ")\n";
    require(content_.find(delimiter_) == std::string::npos, "no content holds its boundary");
    content_.clear();
    is_in_part_ = false;
  }

  const sluice::multipart_limits most_;
  const std::string delimiter_;
  sluice::http::multipart_parser parser_;
  std::string account_;
  std::string content_;
  std::size_t parts_ = 0;
  bool is_in_part_ = false;
};

/// Reads all of a content by the letter of RFC 2046 sec. 5.1, and gives the account of a run.
class plain_reader {
public:
  plain_reader(std::string_view text, std::string_view boundary,
               const sluice::multipart_limits& most)
    : most_{most}, delimiter_{"\r\n--" + std::string{boundary}}, rest_{"\r\n"} {
    rest_ += text;
  }

  std::string read() {
    const auto first = rest_.find(delimiter_);
    if (first == std::string::npos)
      return "(";
    skip(first + delimiter_.size());
    std::string content;
    for (auto is_in_part = false;; is_in_part = true) {
      if (rest_.size() < 2)
        return account_ + '(' + content;
      const auto close = [&] { return is_in_part ? '(' + content + ")\n" : std::string{}; };
      if (rest_.starts_with("--"))
        return account_ + close() + "end\n(";
      if (!read_boundary_line() || !read_header(close()))
        return account_ + '(' + content;
      if (!read_content(content))
        return account_ + '(' + content;
    }
  }

private:
  void skip(std::size_t size) { rest_.erase(0, size); }
  bool refuse(std::string_view why) {
    account_.append("error: ").append(why);
    return false;
  }

  bool read_boundary_line() {
    const auto end = rest_.find("\r\n");
    auto line = std::string_view{rest_}.substr(0, end);
    if (end == std::string::npos && line.ends_with('\r'))
      line.remove_suffix(1);
    const auto seen = line.substr(0, std::min(line.size(), most_.header + 1));
    if (!trimmed(seen).empty())
      return refuse("A boundary is followed by something else.");
    if (line.size() > most_.header)
      return refuse("A boundary's line is too long.");
    if (end == std::string::npos)
      return false;
    if (++parts_ > most_.parts)
      return refuse("There are too many parts.");
    skip(end);
    return true;
  }

  /// `before`: how the part before is accounted for, once this one has begun.
  bool read_header(const std::string& before) {
    const auto end = rest_.find("\r\n\r\n");
    if (end == std::string::npos && rest_.size() <= most_.header + 3)
      return false;
    if (end == std::string::npos || end > most_.header)
      return refuse("The header section of a part is too large.");
    std::string lines;
    std::size_t count = 0;
    for (std::size_t at = 0; at < end;) {
      at += 2;
      const auto line = std::string_view{rest_}.substr(at, rest_.find("\r\n", at) - at);
      at += line.size();
      const auto colon = line.find(':');
      if (colon == std::string_view::npos || !is_plain_token(line.substr(0, colon)))
        return refuse("The header section of a part holds a line that is none.");
      const auto value = trimmed(line.substr(colon + 1));
      for (const char c : value)
        if ((c >= 0 && c < ' ' && c != '\t') || c == '\x7f')
          return refuse("The header section of a part holds a control character.");
      if (++count > most_.header_lines)
        return refuse("The header section of a part has too many lines.");
      lines.append(line.substr(0, colon)).append(": ").append(value).append("\n");
    }
    account_ += before + lines;
    skip(end + 2);
    return true;
  }

  /// @returns whether the content has its end
  bool read_content(std::string& content) {
    content.clear();
    const auto is_prefix = [&](std::string_view text) {
      return text.size() < delimiter_.size() && delimiter_.starts_with(text);
    };
    if (is_prefix(rest_))
      return false;
    if (!rest_.starts_with(delimiter_))
      skip(2);
    const auto end = rest_.find(delimiter_);
    if (end != std::string::npos) {
      content = rest_.substr(0, end);
      skip(end + delimiter_.size());
      return true;
    }
    // What may begin a boundary is kept back.
    content = rest_;
    std::size_t at = rest_.size() - std::min(rest_.size(), delimiter_.size());
    while (!is_prefix(std::string_view{rest_}.substr(at)))
      ++at;
    content.resize(at);
    return false;
  }

  const sluice::multipart_limits most_;
  const std::string delimiter_;
  std::string rest_;
  std::string account_;
  std::size_t parts_ = 0;
};

/// A client may choose any, and libFuzzer finds it behind the first hyphens.
std::string boundary_of(sluice::octet_view octets, std::uint8_t length) {
  constexpr std::size_t longest = 70;
  const auto text = sluice::as_text(octets);
  if (length == '0' || text.size() < 3)
    return "b";
  return std::string{text.substr(2, 1 + length % longest)};
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 8};
  const auto chosen = cuts::chosen_by(from);
  sluice::multipart_limits most;
  most.parts = from.size(most.parts);
  most.header = from.size(most.header);
  most.header_lines = from.size(most.header_lines);
  const auto boundary = boundary_of(from.octets(), from.setting());
  const auto account = require_same_for_all_cuts(from.octets(), chosen, [&] {
    return run{boundary, most};
  });
  require_same(account, plain_reader{sluice::as_text(from.octets()), boundary, most}.read(),
               "the parts are those that a reader of the whole finds");
}

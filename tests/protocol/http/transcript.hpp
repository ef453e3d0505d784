#pragma once

#include "sluice/protocol/http/request_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace sluice::http {

/// What a request parser made of some octets, one entry for each event, to be compared with what
/// should have come. Adjacent pieces of content are one entry, since their cuts follow the input's.
using transcript = std::vector<std::string>;

inline std::string described(const request& head) {
  std::string text{to_string(head.method)};
  text += " " + head.target;
  for (const auto line : head.fields)
    text.append(" [").append(line.name).append("=").append(line.value).append("]");
  return text;
}

/// Feeds a parser, restarts it after each message, and writes down the events.
class recorder {
public:
  explicit recorder(const limits& bounds = {}) : parser_{bounds} {}

  /// @returns false once the parser has refused
  bool feed(octet_view input) {
    while (true) {
      const auto step = parser_.next(input);
      input = input.subspan(step.consumed);
      switch (step.event) {
        case request_event::none: return true;
        case request_event::head:
          events_.push_back("head " + described(parser_.take_head()));
          break;
        case request_event::content: add_content(as_text(step.content)); break;
        case request_event::end: add_end(); break;
        case request_event::error:
          error_ = step.error;
          events_.push_back("error " + error_.message());
          return false;
      }
    }
  }

  [[nodiscard]] const transcript& events() const noexcept { return events_; }
  [[nodiscard]] std::error_code error() const noexcept { return error_; }

private:
  void add_content(std::string_view piece) {
    constexpr std::string_view mark = "content ";
    if (events_.empty() || events_.back().compare(0, mark.size(), mark) != 0)
      events_.emplace_back(mark);
    events_.back() += piece;
  }

  void add_end() {
    std::string text = "end";
    for (const auto line : parser_.take_trailers())
      text.append(" [").append(line.name).append("=").append(line.value).append("]");
    events_.push_back(text);
    parser_.restart();
  }

  request_parser parser_;
  transcript events_;
  std::error_code error_;
};

/// The events of `message`, fed as one piece.
inline transcript events_of(std::string_view message, const limits& bounds = {}) {
  recorder seen{bounds};
  seen.feed(as_octets(message));
  return seen.events();
}

/// The events of `message`, fed in pieces of `size` octets.
inline transcript events_in_pieces(std::string_view message, std::size_t size,
                                   const limits& bounds = {}) {
  recorder seen{bounds};
  for (std::size_t at = 0; at < message.size(); at += size)
    if (!seen.feed(as_octets(message.substr(at, size))))
      break;
  return seen.events();
}

/// The events of `message`, fed in two pieces.
inline transcript events_when_cut(std::string_view message, std::size_t cut,
                                  const limits& bounds = {}) {
  recorder seen{bounds};
  if (seen.feed(as_octets(message.substr(0, cut))))
    seen.feed(as_octets(message.substr(cut)));
  return seen.events();
}

/// Why `message` is refused; empty when it is not.
inline std::error_code error_of(std::string_view message, const limits& bounds = {}) {
  recorder seen{bounds};
  seen.feed(as_octets(message));
  return seen.error();
}

} // namespace sluice::http

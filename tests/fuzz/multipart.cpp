// Multipart content with the boundary "b". Settings: where to cut (four), then the limits of parts,
// of a header section's octets and of its lines.

#include "protocol/http/multipart_parser.hpp"
#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/input.hpp"

#include <string>

using namespace sluice::fuzz;
using sluice::http::multipart_event;

namespace {

/// One run of the parser, and an account of it.
class run {
public:
  explicit run(const sluice::multipart_limits& most) : most_{most}, parser_{"b", most} {}

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
    require(content_.find("\r\n--b") == std::string::npos, "no content holds its boundary");
    content_.clear();
    is_in_part_ = false;
  }

  const sluice::multipart_limits most_;
  sluice::http::multipart_parser parser_;
  std::string account_;
  std::string content_;
  std::size_t parts_ = 0;
  bool is_in_part_ = false;
};

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 7};
  const auto chosen = cuts::chosen_by(from);
  sluice::multipart_limits most;
  most.parts = from.size(most.parts);
  most.header = from.size(most.header);
  most.header_lines = from.size(most.header_lines);
  require_same_for_all_cuts(from.octets(), chosen, [&] { return run{most}; });
}

// Whatever the writer accepts is read as exactly one response by a reader that shares no code with
// it, with the fields, content and trailers that were given: nothing splits it (S24, S25). What it
// refuses leaves no octet.
//
// The octets of an input are a script: names and values with '|' after each; an empty name ends
// the fields, then come the pieces of content up to an empty one, then names and values of the
// trailers. E.g. "Content-Type|text/plain||hello|world||Digest|abc".

#include "sluice/protocol/http/response_writer.hpp"

#include "tests/fuzz/input.hpp"
#include "tests/fuzz/response_reader.hpp"
#include "tests/fuzz/text.hpp"

#include <string>
#include <vector>

using namespace sluice::fuzz;
namespace http = sluice::http;

namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

struct script {
  http::request_facts facts;
  sluice::status code = sluice::status::ok;
  std::optional<std::uint64_t> length;
  http::persistence wish = http::persistence::keep;
  sluice::fields head;
  std::vector<std::string_view> content;
  sluice::fields trailers;
};

/// What is left of the script's octets.
class words {
public:
  explicit words(std::string_view text) : rest_{text} {}

  std::string_view next() {
    const auto end = rest_.find('|');
    const auto word = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return word;
  }

  sluice::fields section() {
    sluice::fields lines;
    for (auto name = next(); !name.empty(); name = next())
      lines.add(name, next());
    return lines;
  }

private:
  std::string_view rest_;
};

script script_of(input& from) {
  script wanted;
  wanted.facts.method = static_cast<sluice::method>((from.setting() - unsigned{'0'}) % 9);
  wanted.facts.version = from.setting() % 2 == 0 ? sluice::http_version::v1_1
                                                 : sluice::http_version::v1_0;
  const auto high = from.setting() - unsigned{'0'};
  const auto low = from.setting() - unsigned{'0'};
  wanted.code = static_cast<sluice::status>(static_cast<std::uint16_t>(200 + high * 100 + low));
  const auto length_mode = from.setting() % 4;
  wanted.wish = from.setting() % 2 == 0 ? http::persistence::keep : http::persistence::close;

  words text{sluice::as_text(from.octets())};
  wanted.head = text.section();
  std::size_t size = 0;
  for (auto piece = text.next(); !piece.empty(); piece = text.next()) {
    wanted.content.push_back(piece);
    size += piece.size();
  }
  wanted.trailers = text.section();
  if (length_mode == 1) // '0' % 4 == 0: the length is not known
    wanted.length = size;
  else if (length_mode == 2)
    wanted.length = size + 1;
  else if (length_mode == 3)
    wanted.length = size - std::min<std::size_t>(size, 1);
  return wanted;
}

/// What became of a script.
struct outcome {
  std::string sent;
  std::string content;     ///< what the writer accepted of it
  sluice::fields trailers; ///< that it accepted
  bool is_finished = false;
};

/// Sends the content and the end of a response that has begun, as the socket actor does.
void send_rest(http::response_writer& writer, const script& wanted, outcome& result) {
  for (const auto piece : wanted.content) {
    const auto around = writer.content(piece.size());
    if (around.error) {
      require(around.prefix.empty() && around.suffix.empty(), "what is refused has no framing");
      continue;
    }
    result.content += piece;
    if (around.discard)
      continue;
    result.sent += around.prefix;
    result.sent += piece;
    result.sent += around.suffix;
  }
  const auto before = result.sent;
  auto error = writer.finish(wanted.trailers, result.sent);
  if (!error) {
    result.trailers = wanted.trailers;
  } else {
    require_same(result.sent, before, "a refused end leaves no octet");
    require(writer.is_open(), "a refused end does not end");
    error = writer.finish({}, result.sent);
  }
  result.is_finished = !error;
  require(writer.is_open() == !result.is_finished, "an end ends");
}

/// Each line of `given` stands in `read`, in order, and beside them only what the writer may add.
void check_section(const sluice::fields& given, const read_response::section& read) {
  const auto is_own = [](const sluice::field& line) { // written once, by the writer itself
    return sluice::equals_ignoring_case(line.name, "connection")
           || sluice::equals_ignoring_case(line.name, "content-length");
  };
  auto next = given.begin();
  const auto skip_own = [&] {
    while (next != given.end() && is_own(*next))
      ++next;
  };
  for (const auto& [name, value] : read) {
    skip_own();
    if (next != given.end() && (*next).name == name && trimmed((*next).value) == value) {
      ++next;
      continue;
    }
    const auto key = lowered(name);
    require(key == "date" || key == "connection" || key == "content-length"
              || key == "transfer-encoding",
            "no line stands in a section that was not given");
  }
  skip_own();
  require(next == given.end(), "no line is lost");
}

void check_framing(const script& wanted, const http::response_writer& writer,
                   const read_response& read) {
  const bool is_interim = read.status < 200;
  const auto options = read.find("connection").value_or("");
  const bool says_close = options.find("close") != std::string::npos;
  const bool is_old = wanted.facts.version == sluice::http_version::v1_0;
  require(!is_old || !read.find("transfer-encoding"), "chunked goes to HTTP/1.1 only (S25)");
  require(!is_old || !is_interim, "HTTP/1.0 gets no interim response (S16)");
  require(is_interim || says_close == (writer.after() == http::persistence::close),
          "Connection says what becomes of the connection");
  require(!read.ends_by_close || says_close, "a close that ends content is announced");
  require(wanted.wish == http::persistence::keep || is_interim || says_close, "a wish is heard");
  require(read.status != 101, "101 belongs to the opening handshake");
}

void check_complete(const script& wanted, const http::response_writer& writer,
                    const outcome& result) {
  const auto read = read_one_response(result.sent, wanted.facts.method);
  require(read.status == static_cast<unsigned>(wanted.code), "the status is the one given");
  check_section(wanted.head, read.fields);
  check_framing(wanted, writer, read);
  if (!result.is_finished)
    return require(!read.is_complete, "what is cut off never looks complete (S25)");
  require(read.is_complete, "what is finished is complete");
  require(read.size == result.sent.size(), "a response is exactly one response (S25)");
  const bool is_silent = wanted.facts.method == sluice::method::head || read.status == 304;
  require_same(read.content, is_silent ? "" : result.content, "content is what was accepted (S24)");
  if (writer.framing_in_use() == http::framing::chunked)
    check_section(result.trailers, read.trailers);
  else
    require(read.trailers.empty(), "trailers come with chunks only");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 6};
  const auto wanted = script_of(from);
  http::response_writer writer;
  outcome result;
  if (writer.begin(wanted.facts, wanted.code, wanted.head, wanted.length, wanted.wish, date,
                   result.sent)) {
    require(result.sent.empty() && !writer.is_open(), "a refused response leaves no octet");
    return;
  }
  send_rest(writer, wanted, result);
  check_complete(wanted, writer, result);
  if (!result.is_finished)
    return;

  // The next response on the same connection begins where this one ends.
  const auto first = result.sent.size();
  script next;
  next.content = {"next"};
  next.length = 4;
  const auto error = writer.begin(next.facts, next.code, next.head, next.length, next.wish, date,
                                  result.sent);
  require(!error, "a writer is ready for the next response");
  result.content.clear();
  send_rest(writer, next, result);
  const auto read = read_one_response(std::string_view{result.sent}.substr(first),
                                      next.facts.method);
  require(read.is_complete && read.size == result.sent.size() - first && read.content == "next",
          "the next response is whole");
}

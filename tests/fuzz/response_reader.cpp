#include "tests/fuzz/response_reader.hpp"

#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <algorithm>

namespace sluice::fuzz {

namespace {

bool is_number(std::string_view text, std::string_view digits) {
  return !text.empty() && text.size() <= 20
         && text.find_first_not_of(digits) == std::string_view::npos;
}

class reader {
public:
  explicit reader(std::string_view octets) : rest_{octets}, size_{octets.size()} {}

  /// The next line without its end; nothing when it is not whole.
  std::optional<std::string_view> line() {
    const auto end = rest_.find("\r\n");
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto text = rest_.substr(0, end);
    require(text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos,
            "a line holds no line end and no NUL");
    rest_.remove_prefix(end + 2);
    return text;
  }

  /// Field lines up to the blank one. @returns whether it came
  bool section(read_response::section& out) {
    while (const auto text = line()) {
      if (text->empty())
        return true;
      const auto colon = text->find(':');
      require(colon != std::string_view::npos && colon > 0, "a field line has a name");
      const auto name = text->substr(0, colon);
      require(name.find_first_of(" \t\"(),/;<=>?@[\\]{}") == std::string_view::npos,
              "a field name is a token");
      out.emplace_back(name, trimmed(text->substr(colon + 1)));
    }
    return false;
  }

  /// Up to `size` octets.
  std::string_view take(std::uint64_t size) {
    const auto taken = rest_.substr(
      0, static_cast<std::size_t>(std::min<std::uint64_t>(size, rest_.size())));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  [[nodiscard]] std::size_t used() const { return size_ - rest_.size(); }

private:
  std::string_view rest_;
  std::size_t size_;
};

void read_status_line(std::string_view line, read_response& out) {
  require(line.size() >= 13 && line.starts_with("HTTP/1.1 ") && line[12] == ' ',
          "a status line has a version, a code and a space");
  require(is_number(line.substr(9, 3), "0123456789"), "a status code has three digits");
  out.status = static_cast<unsigned>(std::stoul(std::string{line.substr(9, 3)}));
}

bool read_chunks(reader& from, read_response& out) {
  while (const auto line = from.line()) {
    require(is_number(*line, "0123456789abcdefABCDEF"), "a chunk has a size");
    const auto size = std::stoull(std::string{*line}, nullptr, 16);
    if (size == 0)
      return from.section(out.trailers);
    const auto chunk = from.take(size);
    out.content += chunk;
    if (chunk.size() < size)
      return false;
    const auto end = from.line();
    if (!end)
      return false;
    require(end->empty(), "a chunk is as long as its size");
  }
  return false;
}

/// RFC 9112 sec. 6.3
bool read_content(reader& from, method asked, read_response& out) {
  const auto coding = out.find("transfer-encoding");
  const auto length = out.find("content-length");
  require(!coding || !length, "one field frames the content");
  require(!length || is_number(*length, "0123456789"), "Content-Length is one number");
  const bool is_tunnel = asked == method::connect && out.status / 100 == 2;
  require(!is_tunnel, "a CONNECT opens no tunnel");
  if (out.status < 200 || out.status == 204) {
    require(!coding && !length, "a response without content has no framing (S24)");
    return true;
  }
  if (asked == method::head || out.status == 304)
    return true;
  if (coding) {
    require_same(*coding, "chunked", "the one transfer coding is chunked");
    return read_chunks(from, out);
  }
  if (length) {
    const auto announced = std::stoull(*length);
    out.content = from.take(announced);
    return out.content.size() == announced;
  }
  out.ends_by_close = true;
  out.content = from.take(std::string_view::npos);
  return true;
}

} // namespace

std::optional<std::string> read_response::find(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& [key, value] : fields)
    if (lowered(key) == name)
      found = found ? *found + ", " + value : value;
  return found;
}

read_response read_one_response(std::string_view octets, method asked) {
  read_response out;
  reader from{octets};
  const auto line = from.line();
  if (!line)
    return out;
  read_status_line(*line, out);
  out.is_complete = from.section(out.fields) && read_content(from, asked, out);
  out.size = from.used();
  return out;
}

} // namespace sluice::fuzz

#include "bench/load/response_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t kept_content = 256;
constexpr std::size_t head_limit = 64 * 1024;

// The value of a line "name: value", if its name is `name` (in lower case).
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) noexcept {
  if (line.size() <= name.size() || line[name.size()] != ':')
    return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((line[i] | 0x20) != name[i])
      return std::nullopt;
  line.remove_prefix(name.size() + 1);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

std::uint64_t number_in(std::string_view text, int base) noexcept {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

} // namespace

std::size_t response_scanner::feed(std::string_view octets) {
  const auto all = octets.size();
  while (!octets.empty() && state_ != state::complete && state_ != state::broken) {
    std::size_t taken = 0;
    if (state_ == state::head)
      taken = feed_head(octets);
    else if (state_ == state::content || state_ == state::chunk)
      taken = feed_content(octets);
    else
      taken = feed_line(octets);
    octets.remove_prefix(taken);
  }
  return all - octets.size();
}

void response_scanner::next() noexcept {
  state_ = state::head;
  line_.clear();
  content_.clear();
  status_ = 0;
  left_ = 0;
  length_ = 0;
}

std::size_t response_scanner::feed_head(std::string_view octets) {
  constexpr std::string_view end = "\r\n\r\n";
  if (line_.empty()) {
    if (const auto at = octets.find(end); at != std::string_view::npos) {
      judge_head(octets.substr(0, at + end.size()));
      return at + end.size();
    }
  }
  const auto before = line_.size();
  line_.append(octets);
  const auto at = line_.find(end, before < 3 ? 0 : before - 3);
  if (at == std::string::npos) {
    if (line_.size() > head_limit)
      state_ = state::broken;
    return octets.size();
  }
  line_.resize(at + end.size());
  const auto taken = line_.size() - before;
  const auto head = std::move(line_);
  line_.clear();
  judge_head(head);
  return taken;
}

void response_scanner::judge_head(std::string_view head) {
  status_ = head.starts_with("HTTP/1.1 ") ? static_cast<unsigned>(number_in(head.substr(9, 3), 10))
                                          : 0;
  if (status_ == 101) {
    line_ = head;
    state_ = state::complete;
    return;
  }
  if (status_ >= 100 && status_ < 200)
    return; // an interim response; the final one follows
  if (status_ < 200) {
    state_ = state::broken;
    return;
  }
  state_ = status_ == 204 || status_ == 304 ? state::complete : state::broken;
  for (auto rest = head; !rest.empty();) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    if (const auto length = value_of(line, "content-length")) {
      left_ = number_in(*length, 10);
      state_ = left_ == 0 ? state::complete : state::content;
      return;
    }
    if (value_of(line, "transfer-encoding")) {
      state_ = state::chunk_size;
      return;
    }
  }
}

std::size_t response_scanner::feed_content(std::string_view octets) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, octets.size()));
  if (content_.size() < kept_content)
    content_.append(octets.substr(0, std::min(taken, kept_content - content_.size())));
  length_ += taken;
  left_ -= taken;
  if (left_ == 0)
    state_ = state_ == state::content ? state::complete : state::chunk_end;
  return taken;
}

std::size_t response_scanner::feed_line(std::string_view octets) {
  const auto end = octets.find('\n');
  line_.append(octets.substr(0, end));
  if (end == std::string_view::npos)
    return octets.size();
  judge_line();
  line_.clear();
  return end + 1;
}

void response_scanner::judge_line() {
  const auto is_empty = line_ == "\r";
  if (state_ == state::chunk_end) {
    state_ = is_empty ? state::chunk_size : state::broken;
  } else if (state_ == state::trailers) {
    state_ = is_empty ? state::complete : state::trailers;
  } else {
    left_ = number_in(line_, 16);
    state_ = left_ == 0 ? state::trailers : state::chunk;
  }
}

} // namespace bench

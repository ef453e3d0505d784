#include "tests/soak/witness.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::soak {

namespace {

constexpr std::size_t most_head = 16 * 1024;

/// The value of the field `name`, if the head has it; names as this server writes them.
std::optional<std::string_view> field(std::string_view head, std::string_view name) {
  std::string line = "\r\n";
  line.append(name).append(": ");
  const auto at = head.find(line);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto start = at + line.size();
  return head.substr(start, head.find("\r\n", start) - start);
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

bool may_close_with(std::uint16_t code) {
  constexpr std::uint16_t allowed[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1013};
  return std::find(std::begin(allowed), std::end(allowed), code) != std::end(allowed);
}

} // namespace

void witness::object(std::string what) {
  if (complaint_.empty())
    complaint_ = std::move(what);
}

const expectation* witness::expected() const noexcept {
  return responses_ < scenario_.expected.size() ? &scenario_.expected[responses_] : nullptr;
}

void witness::take(std::string_view octets, std::size_t sent) {
  sent_ = sent;
  buffer_.append(octets);
  while (complaint_.empty() && !buffer_.empty() && advance()) {}
}

bool witness::advance() {
  switch (state_) {
    case state::head: return take_head();
    case state::length: return take_length();
    case state::chunks: return take_chunk();
    case state::until_end:
      content_.append(buffer_);
      buffer_.clear();
      return false;
    case state::frames: return take_frame();
    case state::over: object("octets behind the last response"); return false;
    case state::closed: object("octets behind the Close"); return false;
  }
  return false;
}

bool witness::take_head() {
  const auto end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (buffer_.size() > most_head)
      object("a head without end");
    return false;
  }
  const auto head = buffer_.substr(0, end + 2); // each field line with its end
  buffer_.erase(0, end + 4);
  return judge_head(head);
}

bool witness::judge_head(std::string_view head) {
  const auto code = head.starts_with("HTTP/1.1 ") ? number(head.substr(9, 3), 10) : std::nullopt;
  if (!code) {
    object("no status line: " + std::string{head.substr(0, 60)});
    return false;
  }
  status_ = static_cast<std::uint16_t>(*code);
  const auto* wanted = expected();
  if (status_ == 100) {
    ++interims_;
    if (scenario_.oddity != twist::expects || interims_ > 1)
      object("an interim response that nobody waits for");
    return true;
  }
  has_begun_ = true;
  // Past the memory budget, before anything of the request was read.
  if (status_ == 503 && field(head, "Retry-After")) {
    is_turned_away_ = true;
    state_ = state::over;
    return true;
  }
  // What is refused before its head is whole, or behind the last request, is an error and the end.
  const auto is_known = wanted != nullptr && wanted->head_end <= sent_;
  if (!is_known && status_ < 400)
    object("a response to no request: " + std::to_string(status_));
  if (wanted != nullptr && wanted->is_refused && status_ < 400)
    object("what must be refused was answered " + std::to_string(status_));
  if (is_known && wanted->is_calm && spoilt_.empty()
      && status_ != (scenario_.is_web_socket ? 101 : 200))
    spoilt_ = "answered " + std::to_string(status_);
  if (status_ == 101) {
    if (!scenario_.is_web_socket)
      object("an upgrade that nobody asked for");
    is_upgraded_ = true;
    state_ = state::frames;
    return true;
  }
  closes_ = field(head, "Connection") == "close";
  if (!is_known && !closes_)
    object("an error to no request that keeps the connection");
  content_.clear();
  if (wanted != nullptr && wanted->is_head && is_known) {
    complete_response();
  } else if (wanted != nullptr && wanted->is_head) {
    state_ = state::until_end; // its method may have been read: then there is no content
  } else if (const auto length = field(head, "Content-Length")) {
    const auto octets = number(*length, 10);
    if (!octets)
      object("a malformed Content-Length");
    left_ = octets.value_or(0);
    state_ = state::length;
    if (left_ == 0)
      complete_response();
  } else if (field(head, "Transfer-Encoding") == "chunked") {
    state_ = state::chunks;
  } else if (status_ == 204 || status_ == 304) {
    complete_response();
  } else {
    state_ = state::until_end;
    if (!closes_)
      object("a response without framing that keeps the connection");
  }
  return true;
}

bool witness::take_length() {
  const auto size = std::min(left_, buffer_.size());
  content_.append(buffer_, 0, size);
  buffer_.erase(0, size);
  left_ -= size;
  if (left_ == 0)
    complete_response();
  return true;
}

bool witness::take_chunk() {
  const auto line = buffer_.find("\r\n");
  if (line == std::string::npos)
    return false;
  const auto size = number(std::string_view{buffer_}.substr(0, line), 16);
  if (!size) {
    object("a malformed chunk");
    return false;
  }
  const auto whole = line + 2 + *size + 2; // a last chunk's end is the end of the trailer section
  if (buffer_.size() < whole)
    return false;
  if (buffer_.compare(whole - 2, 2, "\r\n") != 0) {
    object("a chunk without its end");
    return false;
  }
  content_.append(buffer_, line + 2, *size);
  buffer_.erase(0, whole);
  if (*size == 0)
    complete_response();
  return true;
}

void witness::complete_response() {
  const auto* wanted = expected();
  if (status_ == 200 && wanted != nullptr && wanted->content && *wanted->content != content_)
    object("a complete response with " + std::to_string(content_.size()) + " octets, not the "
           + std::to_string(wanted->content->size()) + " expected, or with others");
  ++responses_;
  content_.clear();
  state_ = closes_ ? state::over : state::head;
}

bool witness::take_frame() {
  const auto octet = [this](std::size_t i) { return static_cast<unsigned char>(buffer_[i]); };
  if (buffer_.size() < 2)
    return false;
  const auto opcode = octet(0) & 0x0f;
  const auto is_final = (octet(0) & 0x80) != 0;
  const auto extended = octet(1) == 126 ? 2U : octet(1) == 127 ? 8U : 0U;
  if ((octet(0) & 0x70) != 0 || octet(1) > 127) {
    object("a frame with reserved bits or a mask");
    return false;
  }
  if (buffer_.size() < 2 + extended)
    return false;
  std::size_t size = octet(1);
  if (extended > 0)
    size = 0;
  for (std::size_t i = 0; i < extended; ++i)
    size = (size << 8) | octet(2 + i);
  if (buffer_.size() < 2 + extended + size)
    return false;
  const auto payload = buffer_.substr(2 + extended, size);
  buffer_.erase(0, 2 + extended + size);
  if (opcode >= 8) {
    if (!is_final || size > 125)
      object("a control frame that is split or too large");
    return take_control(opcode, payload);
  }
  if (opcode > 2 || (opcode == 0) != in_message_)
    object("a data frame out of order");
  content_.append(payload);
  in_message_ = !is_final;
  if (is_final)
    complete_message();
  return true;
}

bool witness::take_control(int opcode, std::string_view payload) {
  if (opcode == 9 || opcode == 10)
    return true;
  if (opcode != 8) {
    object("an unknown opcode");
    return false;
  }
  close_code_ = 1005;
  if (payload.size() >= 2)
    close_code_ = static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8)
                                             | static_cast<unsigned char>(payload[1]));
  if (payload.size() == 1 || (payload.size() >= 2 && !may_close_with(close_code_)))
    object("a Close with the code " + std::to_string(close_code_));
  if (scenario_.is_calm && close_code_ != 1000 && spoilt_.empty())
    spoilt_ = "closed with " + std::to_string(close_code_);
  state_ = state::closed;
  return true;
}

void witness::complete_message() {
  if (!scenario_.echoes.empty()) {
    if (messages_ >= scenario_.echoes.size())
      object("more messages than were sent");
    else if (content_ != scenario_.echoes[messages_])
      object("message " + std::to_string(messages_) + " came back changed");
  }
  ++messages_;
  content_.clear();
}

void witness::end(bool was_reset) {
  if (was_reset)
    return;
  if (state_ == state::until_end)
    complete_response();
  else if (state_ == state::length || state_ == state::chunks
           || (state_ == state::head && !buffer_.empty()))
    object("a clean end in the middle of a response");
  else if (state_ == state::frames)
    object("a clean end of a WebSocket without Close");
}

} // namespace sluice::soak

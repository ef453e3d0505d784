#include "sluice/actors/testing/internal/replies.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace sluice::testing {

namespace {

template <class Number>
Number number_of(std::string_view text, int base = 10) noexcept {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// Takes a line off the front of `text`. @returns nothing if its end has not come
std::optional<std::string_view> take_line(std::string_view& text) noexcept {
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

/// Takes a section of field lines. @returns nothing if its end has not come
std::optional<fields> take_section(std::string_view& text) {
  fields section;
  while (const auto line = take_line(text)) {
    if (line->empty())
      return section;
    const auto colon = std::min(line->find(':'), line->size());
    auto value = line->substr(std::min(colon + 1, line->size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    section.add(line->substr(0, colon), value);
  }
  return std::nullopt;
}

/// Takes content in the chunked coding. @returns whether it is complete
bool take_chunked(std::string_view& text, std::string& content) {
  while (const auto line = take_line(text)) {
    const auto size = number_of<std::size_t>(*line, 16);
    if (size == 0)
      return take_section(text).has_value();
    content += text.substr(0, size);
    if (text.size() < size + 2)
      break;
    text.remove_prefix(size + 2);
  }
  text = {};
  return false;
}

/// Takes the content of `answer`, as its head announces it.
void take_content(std::string_view& text, received_response& answer, bool is_to_head,
                  bool is_over) {
  if (is_to_head || answer.status == 204 || answer.status == 304) {
    answer.is_complete = true;
  } else if (answer.fields.has_token("Transfer-Encoding", "chunked")) {
    answer.is_complete = take_chunked(text, answer.content);
  } else if (const auto length = answer.fields.find("Content-Length")) {
    const auto size = number_of<std::size_t>(*length);
    answer.content = text.substr(0, size);
    answer.is_complete = text.size() >= size;
    text.remove_prefix(std::min(size, text.size()));
  } else {
    answer.content = text;
    answer.is_complete = is_over;
    text = {};
  }
}

/// A frame, and how many octets it has.
struct frame {
  unsigned opcode = 0;
  bool is_final = false;
  std::string_view payload;
  std::size_t size = 0;
};

std::uint64_t number_in(std::string_view octets) noexcept {
  std::uint64_t value = 0;
  for (const char octet : octets)
    value = value << 8U | static_cast<unsigned char>(octet);
  return value;
}

/// @returns nothing if the frame's end has not come
std::optional<frame> read_frame(std::string_view text) noexcept {
  if (text.size() < 2)
    return std::nullopt;
  const auto first = static_cast<unsigned char>(text[0]);
  std::uint64_t length = static_cast<unsigned char>(text[1]) & 0x7fU;
  std::size_t head = 2;
  if (length >= 126) {
    const std::size_t more = length == 126 ? 2 : 8;
    if (text.size() < head + more)
      return std::nullopt;
    length = number_in(text.substr(head, more));
    head += more;
  }
  if (text.size() - head < length)
    return std::nullopt;
  const auto size = static_cast<std::size_t>(length);
  return frame{first & 0x0fU, (first & 0x80U) != 0, text.substr(head, size), head + size};
}

} // namespace

std::vector<received_response> read_responses(std::string_view octets,
                                              const std::vector<bool>& to_head, bool is_over) {
  std::vector<received_response> all;
  while (!octets.empty()) {
    const auto line = take_line(octets);
    auto head = line ? take_section(octets) : std::nullopt;
    if (!head)
      break;
    received_response answer;
    answer.status = number_of<std::uint16_t>(
      line->substr(std::min<std::size_t>(9, line->size()), 3));
    answer.fields = *std::move(head);
    if (answer.status < 200 && answer.status != 101)
      continue; // interim
    const auto is_to_head = all.size() < to_head.size() && to_head[all.size()];
    if (answer.status == 101) {
      answer.is_complete = true;
      octets = {};
    } else {
      take_content(octets, answer, is_to_head, is_over);
    }
    all.push_back(std::move(answer));
  }
  return all;
}

received_frames read_frames(std::string_view octets) {
  received_frames all;
  received_message begun;
  while (const auto next = read_frame(octets)) {
    octets.remove_prefix(next->size);
    switch (next->opcode) {
      case 0x1:
      case 0x2:
        begun = {next->opcode == 0x1 ? message_kind::text : message_kind::binary, {}};
        [[fallthrough]];
      case 0x0:
        begun.content += next->payload;
        if (next->is_final)
          all.messages.push_back(std::exchange(begun, {}));
        break;
      case 0x8:
        all.close_code = next->payload.size() < 2
                           ? std::uint16_t{1005}
                           : static_cast<std::uint16_t>(number_in(next->payload.substr(0, 2)));
        break;
      case 0xa: all.pongs.emplace_back(next->payload); break;
      default: break;
    }
  }
  return all;
}

std::string client_frame(unsigned opcode, std::string_view payload) {
  std::string made{static_cast<char>(0x80U | opcode)};
  const auto put = [&made](std::uint64_t value, unsigned octets) {
    for (; octets > 0; --octets)
      made += static_cast<char>(static_cast<unsigned char>(value >> (8U * (octets - 1))));
  };
  if (payload.size() < 126) {
    put(0x80U | payload.size(), 1);
  } else if (payload.size() < 65536) {
    put(0x80U | 126U, 1);
    put(payload.size(), 2);
  } else {
    put(0x80U | 127U, 1);
    put(payload.size(), 8);
  }
  made.append(4, '\0');
  return made.append(payload);
}

} // namespace sluice::testing

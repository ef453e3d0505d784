#include "sluice/protocol/http/server_event.hpp"

namespace sluice {

namespace {

/// Up to the first octet that can't stand in a line.
std::string_view first_line(std::string_view text) {
  constexpr std::string_view ends{"\r\n\0", 3};
  return text.substr(0, text.find_first_of(ends));
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(value.empty() ? ":" : ": ").append(value) += '\n';
}

/// One line of the stream for each line of `text`, whichever of the three line breaks it has.
void add_lines(std::string& out, std::string_view name, std::string_view text) {
  while (true) {
    const auto end = text.find_first_of("\r\n");
    add_line(out, name, text.substr(0, end));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

} // namespace

std::string format(const server_event& event) {
  std::string out;
  if (const auto type = first_line(event.type); !type.empty())
    add_line(out, "event", type);
  if (const auto id = first_line(event.id); !id.empty())
    add_line(out, "id", id);
  if (event.retry)
    add_line(out, "retry", std::to_string(event.retry->count()));
  add_lines(out, "data", event.data);
  return out += '\n';
}

std::string format_comment(std::string_view text) {
  std::string out;
  add_lines(out, "", text);
  return out += '\n';
}

} // namespace sluice

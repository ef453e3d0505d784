#include "sluice/protocol/websocket/internal/extension_list.hpp"

#include <cstddef>

namespace sluice::websocket::internal {
namespace {

/// Reads one field value from left to right.
class cursor {
public:
  explicit cursor(std::string_view text) noexcept : rest_{text} { skip_whitespace(); }

  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

  /// Takes `separator` and the whitespace behind it, if it is next.
  bool take(char separator) noexcept {
    if (!rest_.starts_with(separator))
      return false;
    rest_.remove_prefix(1);
    skip_whitespace();
    return true;
  }

  /// Takes a token and the whitespace behind it; empty if none is next.
  std::string_view take_token() noexcept {
    std::size_t size = 0;
    while (size < rest_.size() && is_token(rest_.substr(size, 1)))
      ++size;
    const auto token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    skip_whitespace();
    return token;
  }

  [[nodiscard]] bool is_at_quote() const noexcept { return rest_.starts_with('"'); }

  /// Takes a quoted string and the whitespace behind it; empty if what it says is no token.
  /// @pre is_at_quote()
  std::string take_quoted() {
    std::string value;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\')
        rest_.remove_prefix(1);
      if (rest_.empty())
        return {};
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    if (!take('"') || !is_token(value))
      return {};
    return value;
  }

private:
  void skip_whitespace() noexcept {
    const auto size = rest_.find_first_not_of(" \t");
    rest_.remove_prefix(size == std::string_view::npos ? rest_.size() : size);
  }

  std::string_view rest_;
};

/// extension-param = token [ "=" (token / quoted-string) ]
bool parse_parameter(cursor& at, extension_parameter& parameter) {
  parameter.name = at.take_token();
  if (parameter.name.empty())
    return false;
  if (!at.take('='))
    return true;
  parameter.value = at.is_at_quote() ? at.take_quoted() : std::string{at.take_token()};
  return !parameter.value->empty();
}

/// extension = extension-token *( ";" extension-param )
bool parse_extension(cursor& at, extension& element) {
  element.name = at.take_token();
  if (element.name.empty())
    return false;
  while (at.take(';'))
    if (!parse_parameter(at, element.parameters.emplace_back()))
      return false;
  return true;
}

bool parse_line(std::string_view line, std::vector<extension>& all) {
  cursor at{line};
  while (!at.is_at_end()) {
    if (at.take(','))
      continue; // an empty element
    if (!parse_extension(at, all.emplace_back()))
      return false;
    if (!at.is_at_end() && !at.take(','))
      return false;
  }
  return true;
}

} // namespace

std::optional<std::vector<extension>> parse_extensions(const fields& head) {
  std::vector<extension> all;
  for (const auto line : head)
    if (equals_ignoring_case(line.name, "Sec-WebSocket-Extensions"))
      if (!parse_line(line.value, all))
        return std::nullopt;
  return all;
}

} // namespace sluice::websocket::internal

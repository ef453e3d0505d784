#include "sluice/protocol/http/target.hpp"

#include "sluice/protocol/http/fields.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::http {

namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// @returns the value of a hexadecimal digit, or nothing
constexpr std::optional<unsigned> hex_value(char c) noexcept {
  if (is_digit(c))
    return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F')
    return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// What stands for itself in a reg-name.
constexpr std::array<bool, 256> make_name_table() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view{"-._~!$&'()*+,;="})
    table[static_cast<unsigned char>(c)] = true;
  for (unsigned c = 0; c < 0x80; ++c)
    table[c] = table[c] || is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  return table;
}

constexpr auto name_table = make_name_table();

constexpr bool stands_for_itself(char c) noexcept {
  return name_table[static_cast<unsigned char>(c)];
}

/// reg-name of RFC 3986 sec. 3.2.2, which IPv4 addresses match too; but not empty.
bool is_reg_name(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (stands_for_itself(c))
      continue;
    if (c != '%' || i + 2 >= text.size() || !hex_value(text[i + 1]) || !hex_value(text[i + 2]))
      return false;
    i += 2;
  }
  return !text.empty();
}

/// What stands between the brackets of an IP literal: the characters are checked, not the address.
bool is_ip_literal(std::string_view text) noexcept {
  return text.find(':') != std::string_view::npos
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return hex_value(c) || c == ':' || c == '.'; });
}

bool is_port(std::string_view text) noexcept {
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c))
      return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 65535)
      return false;
  }
  return true;
}

struct host_and_port {
  std::string_view host;
  std::optional<std::string_view> port;
};

/// Splits at the colon before the port; a colon inside brackets belongs to the host.
host_and_port split_host(std::string_view text) noexcept {
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos)
    return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void split_query(std::string_view text, target& result) noexcept {
  const auto mark = text.find('?');
  result.path = text.substr(0, mark);
  if (mark != std::string_view::npos)
    result.query = text.substr(mark + 1);
}

/// absolute-form of the two schemes that this server can be an origin for. RFC 9112 sec. 3.2.2
std::optional<target> parse_absolute(std::string_view text) noexcept {
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https"))
    return std::nullopt;
  text.remove_prefix(scheme_end + 3);
  const auto authority_end = std::min(text.find_first_of("/?"), text.size());
  target result;
  result.form = target_form::absolute;
  result.authority = text.substr(0, authority_end);
  if (!is_host(result.authority)) // also refuses userinfo: RFC 9110 sec. 4.2.4
    return std::nullopt;
  split_query(text.substr(authority_end), result);
  if (result.path.empty())
    result.path = "/";
  return result;
}

/// authority-form: host and port, both there. RFC 9112 sec. 3.2.3
std::optional<target> parse_authority(std::string_view text) noexcept {
  const auto port = split_host(text).port;
  if (!port || port->empty() || !is_host(text))
    return std::nullopt;
  target result;
  result.form = target_form::authority;
  result.authority = text;
  return result;
}

enum class plus : bool { literal, space };

std::optional<std::string> decode(std::string_view text, plus mode) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && mode == plus::space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size())
        return std::nullopt;
      const auto high = hex_value(text[i + 1]);
      const auto low = hex_value(text[i + 2]);
      if (!high || !low)
        return std::nullopt;
      decoded += static_cast<char>(static_cast<unsigned char>(*high * 16 + *low));
      i += 2;
    }
  }
  return decoded;
}

} // namespace

std::optional<target> parse_target(std::string_view text) noexcept {
  const bool is_clean = std::all_of(text.begin(), text.end(),
                                    [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!is_clean || text.empty())
    return std::nullopt;
  target result;
  if (text.front() == '/') {
    split_query(text, result);
    return result;
  }
  if (text == "*") {
    result.form = target_form::asterisk;
    result.path = text;
    return result;
  }
  return text.find("://") != std::string_view::npos ? parse_absolute(text) : parse_authority(text);
}

std::optional<std::string> percent_decode(std::string_view text) {
  return decode(text, plus::literal);
}

std::optional<std::string> form_decode(std::string_view text) {
  return decode(text, plus::space);
}

namespace {

/// The value of `name` in `query`, still encoded; none if it is not there.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name) {
  while (true) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    const auto key = decode(pair.substr(0, equals), plus::space);
    const bool is_pair = !pair.empty();
    if (is_pair && key && *key == name)
      return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    query.remove_prefix(end + 1);
  }
}

} // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  const auto value = find_parameter(query, name);
  return value ? decode(*value, plus::space) : std::nullopt;
}

bool has_query_parameter(std::string_view query, std::string_view name) {
  return find_parameter(query, name).has_value();
}

bool is_host(std::string_view text) noexcept {
  const auto* const end = text.data() + text.size();
  const auto* const name_end = std::find_if_not(text.data(), end, stands_for_itself);
  if (name_end == end)
    return !text.empty();
  if (*name_end == ':' && name_end != text.data())
    return is_port({name_end + 1, end});
  // An IP literal, or a name with escapes.
  const auto [host, port] = split_host(text);
  if (port && !is_port(*port))
    return false;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    return is_ip_literal(host.substr(1, host.size() - 2));
  return is_reg_name(host);
}

} // namespace sluice::http

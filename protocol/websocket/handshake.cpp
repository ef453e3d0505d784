#include "sluice/protocol/websocket/handshake.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/internal/text.hpp"
#include "sluice/protocol/websocket/internal/extension_list.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <stdexcept>

namespace sluice::websocket {
namespace {

/// Appended to every key before it is hashed. RFC 6455 sec. 1.3
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

constexpr std::size_t sha1_size = 20;
constexpr std::size_t base64_of_sha1_size = 28;

bool is_base64_digit(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'
         || c == '/';
}

/// 16 octets in base64: 22 digits and the padding.
bool is_key(std::string_view text) noexcept {
  constexpr std::size_t digits = 22;
  return text.size() == digits + 2 && text.ends_with("==")
         && std::all_of(text.begin(), text.begin() + digits, is_base64_digit);
}

/// The value of a field that must stand exactly once; empty otherwise.
std::string_view only_value(const fields& section, std::string_view name) noexcept {
  return section.count(name) == 1 ? section.find(name).value_or("") : std::string_view{};
}

/// Adds the members of a list field's value, which view it. @returns whether all are tokens
bool add_tokens(std::string_view list, std::vector<std::string_view>& all) {
  for (;;) {
    const auto comma = list.find(',');
    const auto member = http::internal::trimmed(list.substr(0, comma));
    if (!member.empty()) // an empty one is none: RFC 9110 sec. 5.6.1.2
      all.push_back(member);
    if (!member.empty() && !is_token(member))
      return false;
    if (comma == std::string_view::npos)
      return true;
    list.remove_prefix(comma + 1);
  }
}

bool holds_one_twice(std::vector<std::string_view> all) {
  std::sort(all.begin(), all.end());
  return std::adjacent_find(all.begin(), all.end()) != all.end();
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

bool asks_for_websocket(const request& head) noexcept {
  return head.version == http_version::v1_1 && head.fields.has_token("Upgrade", "websocket")
         && head.fields.has_token("Connection", "upgrade");
}

std::error_code check_handshake(const request& head) {
  if (head.version != http_version::v1_1)
    return errc::upgrade_method;
  if (!asks_for_websocket(head))
    return errc::upgrade_not_asked;
  if (head.method != method::get)
    return errc::upgrade_method;
  if (head.has_content())
    return errc::upgrade_with_content;
  if (only_value(head.fields, "Sec-WebSocket-Version") != "13")
    return errc::upgrade_version;
  if (!is_key(only_value(head.fields, "Sec-WebSocket-Key")))
    return errc::upgrade_key;
  if (!internal::parse_extensions(head.fields))
    return errc::upgrade_extensions;
  if (!offered_subprotocols(head))
    return errc::upgrade_subprotocols;
  return {};
}

std::optional<std::vector<std::string_view>> offered_subprotocols(const request& head) {
  std::vector<std::string_view> all;
  auto is_there = false;
  for (const auto line : head.fields) {
    if (!equals_ignoring_case(line.name, "Sec-WebSocket-Protocol"))
      continue;
    is_there = true;
    if (!add_tokens(line.value, all))
      return std::nullopt;
  }
  if ((is_there && all.empty()) || holds_one_twice(all))
    return std::nullopt;
  return all;
}

std::string_view choose_subprotocol(const request& head, std::span<const std::string> known) {
  if (known.empty())
    return {};
  const auto offered = offered_subprotocols(head);
  if (!offered)
    return {};
  for (const auto& name : known)
    if (std::find(offered->begin(), offered->end(), name) != offered->end())
      return name;
  return {};
}

std::string accept_value(std::string_view key) {
  std::string input{key};
  input += accept_suffix;
  std::array<unsigned char, sha1_size> digest{};
  if (EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error{"libcrypto has no SHA-1"};
  std::array<unsigned char, base64_of_sha1_size + 1> text{}; // EVP_EncodeBlock ends it with NUL
  const auto size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {text.begin(), text.begin() + size};
}

std::string accept_response(const request& head, std::string_view protocol, std::string_view date,
                            std::string_view extensions) {
  assert(protocol.empty() || is_token(protocol));
  assert(is_field_value(date) && is_field_value(extensions));
  std::string out = "HTTP/1.1 101 Switching Protocols\r\n"
                    "Upgrade: websocket\r\n"
                    "Connection: Upgrade\r\n";
  append_field(out, "Sec-WebSocket-Accept",
               accept_value(only_value(head.fields, "Sec-WebSocket-Key")));
  if (is_token(protocol)) // nothing that would split the response
    append_field(out, "Sec-WebSocket-Protocol", protocol);
  if (!extensions.empty())
    append_field(out, "Sec-WebSocket-Extensions", extensions);
  if (!date.empty())
    append_field(out, "Date", date);
  out += "\r\n";
  return out;
}

} // namespace sluice::websocket

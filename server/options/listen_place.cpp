#include "sluice/server/options/listen_place.hpp"

#include "sluice/server/options/option_values.hpp"

namespace sluice {

std::optional<listen_place> parse_listen_place(std::string_view text) {
  if (text.find('/') != std::string_view::npos)
    return listen_place{std::string{text}, {}, 0};
  const auto colon = text.rfind(':');
  const auto port = parse_number<std::uint16_t>(
    colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port)
    return std::nullopt;
  auto host = colon == std::string_view::npos ? std::string_view{} : text.substr(0, colon);
  const auto has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets)
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt; // which of its colons is the port's?
  return listen_place{{}, host.empty() ? "127.0.0.1" : std::string{host}, *port};
}

} // namespace sluice

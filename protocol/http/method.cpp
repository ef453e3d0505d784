#include "sluice/protocol/http/method.hpp"

#include <array>
#include <cstddef>

namespace sluice {

namespace {

/// In the order of `method`.
constexpr std::array<std::string_view, 9> tokens{
  "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
};

} // namespace

std::string_view to_string(method value) noexcept {
  return tokens[static_cast<std::size_t>(value)];
}

std::optional<method> method_of(std::string_view token) noexcept {
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] == token)
      return static_cast<method>(i);
  return std::nullopt;
}

} // namespace sluice

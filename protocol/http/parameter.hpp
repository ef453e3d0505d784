#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace sluice {

/// How the text of a path or query parameter, or of a form's field, becomes a T; nothing if it does
/// not. Numbers are decimal, finite, in T's range, without
/// whitespace or a plus sign; a bool is true,
/// false, 1 or 0. Specialise it for types of your own.
template <class T>
struct parameter_reader {
  static_assert(std::integral<T> || std::floating_point<T>,
                "there is no way to read a parameter of this type: specialise "
                "sluice::parameter_reader<T> with a static std::optional<T> "
                "read(std::string_view)");

  [[nodiscard]] static std::optional<T> read(std::string_view text) noexcept {
    T value{};
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end)
      return std::nullopt;
    if constexpr (std::floating_point<T>)
      if (!std::isfinite(value))
        return std::nullopt;
    return value;
  }
};

template <>
struct parameter_reader<bool> {
  [[nodiscard]] static std::optional<bool> read(std::string_view text) noexcept {
    if (text == "true" || text == "1")
      return true;
    if (text == "false" || text == "0")
      return false;
    return std::nullopt;
  }
};

template <>
struct parameter_reader<std::string> {
  [[nodiscard]] static std::optional<std::string> read(std::string_view text) {
    return std::string{text};
  }
};

/// What a client is told about a parameter that can't be read; `where` is "path" or "query".
[[nodiscard]] std::string bad_parameter(std::string_view where, std::string_view name);

} // namespace sluice

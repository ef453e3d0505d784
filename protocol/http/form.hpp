#pragma once

#include "sluice/protocol/http/parameter.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// The fields of a form, or of a query, in order and decoded.
/// Source: the URL standard, sec. 5.1 (application/x-www-form-urlencoded)
class form {
public:
  using field = std::pair<std::string, std::string>;

  form() = default;
  /// Reads name=value pairs that are joined by '&'; '+' is a space.
  /// @returns nothing when a percent-escape is broken
  [[nodiscard]] static std::optional<form> parse(std::string_view text);

  /// The value of the first field called `name`.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// The same as a T; nothing when there is none, or it can't be read as one.
  template <class T>
  [[nodiscard]] std::optional<T> find(std::string_view name) const {
    const auto text = find(name);
    return text ? parameter_reader<T>::read(*text) : std::nullopt;
  }
  /// Every value of `name`, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }
  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }

private:
  std::vector<field> fields_;
};

} // namespace sluice

#pragma once

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace sluice {

/// A JSON value that came from a client. To destroy a large nlohmann::json takes memory, and where
/// there is none that ends the process. To destroy this one takes none.
///
///     const auto order = co_await sluice::read_json(http);
///     const auto count = order->at("count").get<int>();
class json_document {
public:
  json_document() = default;
  explicit json_document(nlohmann::json&& value) noexcept : value_(std::move(value)) {}
  json_document(json_document&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  json_document& operator=(json_document&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~json_document();

  [[nodiscard]] const nlohmann::json& operator*() const noexcept { return value_; }
  [[nodiscard]] const nlohmann::json* operator->() const noexcept { return &value_; }
  [[nodiscard]] nlohmann::json& operator*() noexcept { return value_; }
  [[nodiscard]] nlohmann::json* operator->() noexcept { return &value_; }

  /// Parses a whole text. Throws nlohmann::json::parse_error, as nlohmann::json::parse does, and
  /// std::bad_alloc; neither needs memory to let go of what was parsed so far.
  [[nodiscard]] static json_document parse(std::string_view text);

private:
  nlohmann::json value_;
};

} // namespace sluice

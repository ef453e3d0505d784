#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sluice {

/// A borrowed run of octets; valid as long as its owner says.
using octet_view = std::span<const std::byte>;

/// Views the characters of `text` as octets.
[[nodiscard]] inline octet_view as_octets(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

/// Views `octets` as characters; no encoding is implied.
[[nodiscard]] inline std::string_view as_text(octet_view octets) noexcept {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// An immutable, shared run of octets: what chunks and messages carry from actor to actor.
/// A copy is a reference to the same memory and may cross threads.
class octets {
public:
  octets() noexcept = default;

  /// Copies `source`.
  explicit octets(octet_view source) : size_{source.size()} {
    if (size_ == 0)
      return;
    auto copy = std::make_shared_for_overwrite<std::byte[]>(size_);
    std::memcpy(copy.get(), source.data(), size_);
    data_ = std::move(copy);
  }

  /// Copies the characters of `source`.
  explicit octets(std::string_view source) : octets{as_octets(source)} {}

  /// Takes over the first `size` octets of `data`, which nobody may write to afterwards.
  octets(std::shared_ptr<const std::byte[]> data, std::size_t size) noexcept
    : data_{std::move(data)}, size_{size} {}

  /// `size` octets from `at` on, in the same memory. @pre at + size <= this->size()
  [[nodiscard]] octets part(std::size_t at, std::size_t size) const noexcept {
    return {std::shared_ptr<const std::byte[]>{data_, data_.get() + at}, size};
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_.get(); }
  [[nodiscard]] octet_view view() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::string_view text() const noexcept { return as_text(view()); }

  friend bool operator==(const octets& a, const octets& b) noexcept { return a.text() == b.text(); }

private:
  std::shared_ptr<const std::byte[]> data_;
  std::size_t size_ = 0;
};

} // namespace sluice

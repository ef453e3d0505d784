#pragma once

#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What the fuzz targets share.
namespace sluice::fuzz {

/// What a claim that does not hold ends in: libFuzzer keeps the input, CTest reports it.
[[noreturn]] inline void fail(std::string_view claim, std::string_view a = {},
                              std::string_view b = {}) {
  const auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fputc('\n', stderr);
  };
  std::fputs("\nfuzz: this does not hold: ", stderr);
  print(claim);
  if (!a.empty() || !b.empty()) {
    print("--- one");
    print(a);
    print("--- other");
    print(b);
  }
  std::abort();
}

inline void require(bool holds, std::string_view claim) {
  if (!holds)
    fail(claim);
}

inline void require_same(std::string_view a, std::string_view b, std::string_view claim) {
  if (a != b)
    fail(claim, a, b);
}

/// How many octets the target has inflated from the input under way: each may cost as much as one
/// of the input's own.
inline std::size_t inflated = 0;

/// What each target defines: engines and claims on one input, which is an `input`.
void try_one(const std::uint8_t* data, std::size_t size);

/// An input of the fuzzer: octets for the engine, then settings, which stand last so that the
/// engine's octets keep their place while either part changes. A setting is one octet. '0' means
/// the default, so a seed is a message as it stands on the wire with a few zeros after it; settings
/// that an input is too short for are '0' as well.
class input {
public:
  input(const std::uint8_t* data, std::size_t size, std::size_t settings) noexcept
    : all_{std::as_bytes(std::span{data, size})} {
    settings_ = settings < size ? all_.last(settings) : octet_view{};
  }

  /// What the engine is fed.
  [[nodiscard]] octet_view octets() const noexcept {
    return all_.first(all_.size() - settings_.size());
  }

  /// The next setting.
  [[nodiscard]] std::uint8_t setting() noexcept {
    if (next_ >= settings_.size())
      return '0';
    return std::to_integer<std::uint8_t>(settings_[next_++]);
  }

  /// The next setting as a size: the default, or the octet's value times `scale`.
  [[nodiscard]] std::size_t size(std::size_t preset, std::size_t scale = 1) noexcept {
    const auto value = setting();
    return value == '0' ? preset : value * scale;
  }

private:
  octet_view all_;
  octet_view settings_;
  std::size_t next_ = 0;
};

} // namespace sluice::fuzz

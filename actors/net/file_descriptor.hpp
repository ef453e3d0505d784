#pragma once

#include <utility>

#include <unistd.h>

namespace sluice {

/// Owns an open file descriptor.
class file_descriptor {
public:
  file_descriptor() noexcept = default;
  explicit file_descriptor(int opened) noexcept : number_{opened} {}
  file_descriptor(file_descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~file_descriptor() {
    if (is_open())
      ::close(number_);
  }

  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  [[nodiscard]] int number() const noexcept { return number_; }

private:
  int number_ = -1;
};

} // namespace sluice

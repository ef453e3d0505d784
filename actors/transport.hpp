#pragma once

#include <cstddef>
#include <span>
#include <system_error>

#include <sys/uio.h>

namespace sluice {

/// A connected stream socket: TCP or Unix, non-blocking. Owns the descriptor.
class transport {
public:
  /// What one read or write came to. `octets` 0 without error and without the flags: try later.
  struct result {
    std::size_t octets = 0;
    bool is_end = false;   ///< read: the peer has shut down its side
    std::error_code error; ///< final for the connection
  };

  explicit transport(int descriptor) noexcept : descriptor_{descriptor} {}
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  ~transport() { close(); }

  [[nodiscard]] result read(std::span<std::byte> buffer) noexcept;
  /// Never raises SIGPIPE (S46).
  [[nodiscard]] result write(std::span<const iovec> vectors) noexcept;

  /// Octets that the kernel holds for us (FIONREAD).
  [[nodiscard]] std::size_t readable() const noexcept;
  /// Copies what the kernel holds for us without taking it.
  [[nodiscard]] result peek(std::span<std::byte> buffer) const noexcept;
  /// What went wrong, as the kernel tells once (SO_ERROR).
  [[nodiscard]] std::error_code take_error() const noexcept;

  void shutdown_write() noexcept;
  void close() noexcept;
  /// Closes so that the peer sees a reset, never a clean end.
  void abort() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
  int descriptor_;
};

} // namespace sluice

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include <sys/uio.h>

namespace sluice {

class event_loop;
class io_handler;

/// A stream between us and one peer, non-blocking. What becomes ready is told to an io_handler as
/// EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP and EPOLLERR, each once when it comes about
/// (edge-triggered).
class transport {
public:
  /// What one read or write came to. `octets` 0 without error and without the flags: try later.
  struct result {
    std::size_t octets = 0;
    bool is_end = false;   ///< read: the peer has shut down its side
    std::error_code error; ///< final for the connection
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Starts to tell `handler`, on `loop`.
  [[nodiscard]] virtual std::error_code watch(event_loop& loop, io_handler& handler) = 0;
  /// Tells it nothing more.
  virtual void unwatch(event_loop& loop, io_handler& handler) noexcept = 0;

  [[nodiscard]] virtual result read(std::span<std::byte> buffer) noexcept = 0;
  /// Never raises SIGPIPE (S46).
  [[nodiscard]] virtual result write(std::span<const iovec> vectors) noexcept = 0;

  /// Octets that the kernel holds for us (FIONREAD).
  [[nodiscard]] virtual std::size_t readable() const noexcept = 0;
  /// Copies what the kernel holds for us without taking it.
  [[nodiscard]] virtual result peek(std::span<std::byte> buffer) const noexcept = 0;
  /// What went wrong, as the kernel tells once (SO_ERROR).
  [[nodiscard]] virtual std::error_code take_error() noexcept = 0;

  virtual void shutdown_write() noexcept = 0;
  virtual void close() noexcept = 0;
  /// Closes so that the peer sees a reset, never a clean end.
  virtual void abort() noexcept = 0;
};

/// A connected stream socket: TCP or Unix. Owns the descriptor.
class socket_transport final : public transport {
public:
  explicit socket_transport(int descriptor) noexcept : descriptor_{descriptor} {}
  ~socket_transport() override { close(); }

  [[nodiscard]] std::error_code watch(event_loop& loop, io_handler& handler) override;
  void unwatch(event_loop& loop, io_handler& handler) noexcept override;
  [[nodiscard]] result read(std::span<std::byte> buffer) noexcept override;
  [[nodiscard]] result write(std::span<const iovec> vectors) noexcept override;
  [[nodiscard]] std::size_t readable() const noexcept override;
  [[nodiscard]] result peek(std::span<std::byte> buffer) const noexcept override;
  [[nodiscard]] std::error_code take_error() noexcept override;
  void shutdown_write() noexcept override;
  void close() noexcept override;
  void abort() noexcept override;

private:
  int descriptor_ = -1;
};

} // namespace sluice

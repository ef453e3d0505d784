#pragma once

#include "sluice/actors/net/transport.hpp"

namespace sluice {

/// A connected stream socket: TCP or Unix. Owns the descriptor.
class socket_transport final : public transport {
public:
  explicit socket_transport(int descriptor) noexcept : descriptor_{descriptor} {}
  ~socket_transport() override { close(); }

  [[nodiscard]] int watch(event_loop& loop, io_handler& handler) override;
  void unwatch(event_loop& loop, io_handler& handler) noexcept override;
  [[nodiscard]] result read(std::span<std::byte> buffer) noexcept override;
  [[nodiscard]] result write(std::span<const iovec> vectors) noexcept override;
  [[nodiscard]] known can_bring(std::size_t octets) const noexcept override;
  [[nodiscard]] bool can_look() const noexcept override { return true; }
  [[nodiscard]] std::vector<std::byte> look(
    std::size_t most = std::numeric_limits<std::size_t>::max()) const override;
  [[nodiscard]] kernel_octets in_kernel() const noexcept override;
  [[nodiscard]] int take_error() noexcept override;
  [[nodiscard]] next shutdown_write() noexcept override;
  void close() noexcept override;
  void abort() noexcept override;

private:
  /// Octets that the kernel holds for us (FIONREAD).
  [[nodiscard]] std::size_t readable() const noexcept;

  int descriptor_ = -1;
};

} // namespace sluice

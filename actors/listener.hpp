#pragma once

#include <cstdint>
#include <string>

namespace sluice {

struct settings;

/// A listening socket. Owns the descriptor.
class listener {
public:
  listener() noexcept = default;
  listener(listener&& other) noexcept;
  listener& operator=(listener&& other) noexcept;
  ~listener();

  /// Listens on a TCP address and port; port 0 takes a free one. The socket options that
  /// connections are to have are set here: accepted sockets inherit them. Several listeners may
  /// share a port (SO_REUSEPORT), but the first, `is_first`, makes sure that no other process has
  /// it.
  /// @returns a closed listener with a sentence in `error` when it can't
  [[nodiscard]] static listener tcp(const std::string& address, std::uint16_t port, bool is_first,
                                    const settings& s, std::string& error);
  /// Listens on a Unix socket; a path left behind by a dead server is taken over. The path is
  /// removed at the end.
  [[nodiscard]] static listener unix_path(const std::string& path, const settings& s,
                                          std::string& error);
  /// Another descriptor for the same socket.
  [[nodiscard]] listener duplicate(std::string& error) const;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// The port it got; 0 on a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept;
  void close() noexcept;

private:
  explicit listener(int descriptor) noexcept : descriptor_{descriptor} {}
  int descriptor_ = -1;
  std::string path_; ///< to be removed
};

} // namespace sluice

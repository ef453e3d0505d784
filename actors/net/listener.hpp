#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

class transport;
struct settings;

/// A listening socket. Owns the descriptor.
class listener {
public:
  /// How many connections may wait in the kernel to be accepted.
  static constexpr int backlog = 4096;

  listener() noexcept = default;
  listener(listener&& other) noexcept;
  listener& operator=(listener&& other) noexcept;
  ~listener();

  /// Listens on a TCP address and port; port 0 takes a free one. The socket options that
  /// connections are to have are set here: accepted sockets inherit them. Several listeners may
  /// share a port (SO_REUSEPORT), but the first, `is_first`, makes sure that no other process has
  /// it. Throws std::system_error, or std::runtime_error when `address` is none, with a sentence
  /// for the user.
  [[nodiscard]] static listener tcp(const std::string& address, std::uint16_t port, bool is_first,
                                    const settings& s);
  /// Listens on a Unix socket; a path left behind by a dead server is taken over. The path is
  /// removed at the end. `mode`: its permissions; 0: as the umask says.
  /// Throws std::system_error, or std::runtime_error when `path` is too long, with a sentence for
  /// the user.
  [[nodiscard]] static listener unix_path(const std::string& path, const settings& s,
                                          unsigned mode = 0);
  /// Takes over a socket that another process bound and made listen, and connections with it that
  /// may wait there already: `prepare` gives them the options they did not inherit. A path stays.
  /// Throws std::runtime_error when the descriptor is something else, which stays open then, or
  /// std::system_error when it can't be set up, with a sentence for the user.
  [[nodiscard]] static listener given(int descriptor, const settings& s);
  /// Another descriptor for the same socket. Throws std::system_error, with a sentence for the
  /// user.
  [[nodiscard]] listener duplicate() const;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  /// Whether another process opened it, and may go on with it.
  [[nodiscard]] bool is_given() const noexcept { return is_given_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// The port it got; 0 on a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Where it listens: "http://127.0.0.1:8080" or "unix:/run/sluice.sock".
  [[nodiscard]] std::string url() const;
  /// What a connection that it accepted is spoken over; owns the descriptor. Throws std::bad_alloc,
  /// and does not own it then.
  [[nodiscard]] std::unique_ptr<transport> stream_of(int connection) const;
  /// Gives a connection that it accepted what `given` promises; does nothing for other listeners.
  void prepare(int connection, const settings& s) const noexcept;
  /// From now on who wants to connect is refused, and who has come can still be accepted: without
  /// it `close` resets who comes just before. On TCP a handshake that is under way may still come
  /// to its end, and others are refused once all that share the port are turned off; before Linux
  /// 5.7, without CAP_NET_RAW, it does nothing there. On a Unix socket it holds for all its
  /// descriptors.
  void turn_off() const noexcept;
  void close() noexcept;

private:
  explicit listener(int descriptor) noexcept : descriptor_{descriptor} {}
  int descriptor_ = -1;
  std::string path_;      ///< to be removed
  bool is_given_ = false; ///< its queue is older than its options
};

} // namespace sluice

#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include <sys/epoll.h>

namespace bench {

class client;

/// An epoll set of clients, and the buffer into which they read.
class poller {
public:
  poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  ~poller();

  /// Watches `socket` for `events` on behalf of `owner`, until the socket is closed. `owner` does
  /// not go while wait() runs.
  void add(int socket, std::uint32_t events, client& owner);
  void change(int socket, std::uint32_t events, client& owner);

  /// Tells clients what has happened; waits for it no longer than `most`.
  void wait(std::chrono::milliseconds most);

  [[nodiscard]] std::array<char, 256 * 1024>& buffer() noexcept { return buffer_; }

private:
  int descriptor_;
  std::array<epoll_event, 1024> events_{};
  std::array<char, 256 * 1024> buffer_{};
};

} // namespace bench

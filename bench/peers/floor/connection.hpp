#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

using steady = std::chrono::steady_clock;

/// One client of the floor.
class connection {
public:
  connection(int set, int socket) noexcept : set_{set}, socket_{socket} {}
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// @returns false when the connection is over and is to be deleted
  [[nodiscard]] bool on_events(std::uint32_t events);

  /// Lets slow handlers go on whose pause is over.
  /// @returns milliseconds until the next of them, for epoll_wait
  [[nodiscard]] static int resume_due(steady::time_point now);

private:
  enum class state { head, content, chunk_size, chunk, web_socket };

  [[nodiscard]] bool receive();
  void feed(std::string_view octets);
  std::size_t feed_head(std::string_view octets);
  std::size_t feed_content(std::string_view octets);
  std::size_t feed_chunk_size(std::string_view octets);
  std::size_t feed_frame(std::string_view octets);
  void begin(std::string_view head);
  void begin_content(std::string_view head);
  void end_content();
  void answer(std::string_view content);
  [[nodiscard]] bool flush();
  void pause(std::size_t octets);
  void watch(std::uint32_t events);

  int set_;
  int socket_;
  state state_ = state::head;
  std::uint32_t watched_ = 1; // EPOLLIN
  std::string kept_;          // what came of a head, a line or a frame that is not complete
  std::string unsent_;
  std::uint64_t left_ = 0;          // octets of content, or of a chunk, to come
  std::uint64_t total_ = 0;         // octets of content so far
  std::uint64_t download_left_ = 0; // octets to send
  std::uint64_t rate_ = 0;          // of a slow handler
  bool is_slow_ = false;
  bool is_sink_ = false; // a WebSocket whose messages are not sent back
  bool closes_ = false;
};

} // namespace bench

#pragma once

#include "tests/support/frames.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A client that sends exactly the octets it is told to. Every wait ends after `patience` at
/// the latest, and then the call returns what there is.
class raw_client {
public:
  /// Connects to loopback. Buffers of the kernel, in octets; 0: as large as it likes
  explicit raw_client(std::uint16_t port, int send_buffer = 0, int receive_buffer = 0);
  /// Connects to a Unix socket.
  explicit raw_client(const std::string& unix_path);
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client();

  void send(std::string_view octets);
  /// Sends `piece` again and again until the kernel takes no more for `quiet_ms`, or `most` octets
  /// are sent.
  /// @returns octets sent
  std::size_t send_until_blocked(std::string_view piece, std::size_t most, int quiet_ms = 400);

  /// Receives until `end` has been received, or the stream ends. @returns all received since the
  /// last call
  std::string receive_until(std::string_view end);
  /// Receives exactly `count` octets, or fewer if the stream ends.
  std::string receive(std::size_t count);
  /// Receives what comes next, or nothing if the stream ends.
  std::string receive_some();
  /// Receives a response head and the content that its Content-Length announces.
  std::string receive_response();
  /// Receives until the stream ends.
  std::string receive_all();
  /// Whether octets, or the end of the stream, are there within `ms`.
  [[nodiscard]] bool is_readable(int ms = 0) const;
  /// Whether a send or a receive has met a reset.
  [[nodiscard]] bool was_reset() const noexcept { return was_reset_; }

  void shutdown_write();
  void reset();
  void close();

private:
  bool fill();
  int descriptor_;
  bool was_reset_ = false;
  std::string buffer_;
};

} // namespace sluice::testing

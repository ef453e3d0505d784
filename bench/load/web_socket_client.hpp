#pragma once

#include "bench/load/client.hpp"
#include "bench/load/response_scanner.hpp"

#include <string_view>

namespace bench {

/// A client that opens a WebSocket first.
class web_socket_client : public client {
public:
  /// `handshake` outlives the client.
  web_socket_client(poller& events, measurement& result, std::string_view handshake)
    : client{events, result}, handshake_{handshake} {}

protected:
  /// The WebSocket is open.
  virtual void on_accepted() = 0;
  /// Octets of frames have come.
  virtual void on_frames(std::string_view octets) = 0;

private:
  void on_open() final;
  void on_octets(std::string_view octets) final;

  std::string_view handshake_;
  response_scanner response_;
  bool is_accepted_ = false;
};

} // namespace bench

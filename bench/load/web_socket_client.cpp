#include "bench/load/web_socket_client.hpp"

#include "bench/load/frames.hpp"

namespace bench {

void web_socket_client::on_open() {
  is_accepted_ = false;
  response_.next();
  send(handshake_);
}

void web_socket_client::on_octets(std::string_view octets) {
  if (!is_accepted_) {
    octets.remove_prefix(response_.feed(octets));
    if (!response_.is_complete() && !response_.is_broken())
      return;
    if (!accepts_handshake(response_.head())) {
      result().refuse("the WebSocket was not accepted");
      return reset();
    }
    is_accepted_ = true;
    on_accepted();
  }
  if (!octets.empty() && is_open())
    on_frames(octets);
}

} // namespace bench

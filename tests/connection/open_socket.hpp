#pragma once

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

namespace sluice::testing {

/// A WebSocket at /ws, opened.
struct open_socket {
  explicit open_socket(router all, const settings& limits = {})
    : routes{std::move(all)}, client{routes, limits} {
    client.send(handshake("/ws"));
    client.run();
    start = client.peer().received.size();
  }
  explicit open_socket(web_socket_handler handler, const settings& limits = {})
    : open_socket{routes_to(std::move(handler)), limits} {}
  explicit open_socket(behavior_handler handler) : open_socket{routes_to(std::move(handler))} {}

  template <class Handler>
  static router routes_to(Handler handler) {
    router all;
    all.web_socket("/ws", std::move(handler));
    return all;
  }
  void send(const std::string& octets) {
    client.send(octets);
    client.run();
  }
  [[nodiscard]] std::string received() const { return client.peer().received.substr(start); }
  /// Our side is shut down `due` from now, not a moment before.
  void check_ends_in(duration due) {
    client.advance(due - std::chrono::milliseconds{1});
    CHECK_FALSE(client.peer().saw_end);
    client.advance(std::chrono::milliseconds{1});
    CHECK(client.peer().saw_end);
    CHECK_FALSE(client.peer().saw_reset);
  }

  router routes;
  connection_fixture client;
  std::size_t start = 0;
};

} // namespace sluice::testing

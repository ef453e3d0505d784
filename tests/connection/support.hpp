#pragma once

#include "sluice/actors/testing/connection_fixture.hpp"
#include "tests/matrix/puppet.hpp"
#include "tests/support/frames.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sluice::testing {

/// A connection to a puppet at "/http" and "/ws", and a plain function at "/".
class stage {
public:
  explicit stage(pace how_fast = pace::never, const std::function<void(settings&)>& adjust = {})
    : routes_{routes_to(log, how_fast)}, client{routes_, adjusted(adjust)} {}

  /// Opens a WebSocket. @returns what the client has received so far, to look behind
  std::size_t open_web_socket() {
    client.send(handshake("/ws"));
    client.run();
    return client.peer().received.size();
  }
  void post(std::string_view fields, std::string_view content) {
    client.send("POST /http HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n"
                + std::string{content});
    client.run();
  }
  void tell(const caf::message& what) {
    order(*log, what);
    client.run();
  }
  [[nodiscard]] puppet_log seen() const { return log->get(); }
  /// What the client has received since it had received `before` octets.
  [[nodiscard]] std::string received_since(std::size_t before) const {
    return client.peer().received.substr(before);
  }

  shared_puppet_log log = std::make_shared<observed<puppet_log>>();

private:
  static router routes_to(const shared_puppet_log& log, pace how_fast) {
    router routes;
    routes.get("/", [](const request&) { return text("fine"); });
    routes.on(method::post, "/http", puppet(log, how_fast, true));
    routes.web_socket("/ws", puppet(log, how_fast, false));
    return routes;
  }
  static settings adjusted(const std::function<void(settings&)>& adjust) {
    settings limits;
    if (adjust)
      adjust(limits);
    return limits;
  }

  router routes_;

public:
  connection_fixture client;
};

} // namespace sluice::testing

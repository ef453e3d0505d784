// By which name a request is spoken of, on sockets.

#include "tests/support/frames.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"
#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Keeps what is said of requests, and as what.
struct named_lines final : journal {
  struct line {
    std::string text; ///< of a report, or the target
    std::string route;
    std::string id;
    std::string protocol;
    std::string agent;
  };
  void access(const access_record& record) override {
    add({std::string{record.target}, std::string{record.route}, std::string{record.request_id},
         std::string{record.protocol}, std::string{record.user_agent}});
  }
  void report_of(const request_report& said) override {
    add({std::string{said.text}, std::string{said.route}, std::string{said.request_id}, {}, {}});
  }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  void add(line said) {
    all.update([&](auto& lines) { lines.push_back(std::move(said)); });
  }
  /// The first report with this text, or the access line of this target; waits for it.
  line with(std::string_view text) {
    line found;
    CHECK(all.wait([&](const auto& lines) {
      const auto place = std::find_if(lines.begin(), lines.end(), [&](const line& each) {
        return text.starts_with('/') ? each.text == text : each.text.find(text) != each.text.npos;
      });
      if (place != lines.end())
        found = *place;
      return place != lines.end();
    }));
    return found;
  }
  observed<std::vector<line>> all;
};

task says(exchange& http) {
  http.log().info("said by a handler");
  co_await http.respond(status::ok);
}

task fails(exchange&) {
  throw std::runtime_error{"failed in a coroutine"};
  co_return;
}

task fails_on_message(web_socket& socket) {
  const auto first = co_await socket.next();
  throw std::runtime_error{"failed in a WebSocket"};
}

} // namespace

TEST_CASE("all that is said of a request is said by its name (trace.hpp)") {
  router routes;
  routes.get("/says", says);
  routes.get("/fails", fails);
  routes.get("/throws", [](const request&) -> response { throw std::runtime_error{"thrown"}; });
  routes.web_socket("/talk", fails_on_message);
  config wishes;
  wishes.port = 0;
  wishes.trusted_peers = "127.0.0.0/8";
  named_lines log;
  const time_source time;
  std::string error;
  const auto running = server::start(wishes, routes, log, time, error);
  REQUIRE(running);

  struct expected {
    std::string target;
    std::string text;
  };
  for (const auto& [target, text] : std::vector<expected>{{"/says", "said by a handler"},
                                                          {"/fails", "failed in a coroutine"},
                                                          {"/throws", "thrown"}}) {
    CAPTURE(target);
    raw_client client{running->port()};
    client.send("GET " + target + " HTTP/1.0\r\nHost: a\r\nUser-Agent: me\r\nX-Request-Id: of"
                + target + "\r\n\r\n");
    client.receive_all();
    const auto said = log.with(text);
    CHECK(said.route == target);
    CHECK(said.id == "of" + target);
    const auto line = log.with(target);
    CHECK(line.id == "of" + target);
    CHECK(line.protocol == "HTTP/1.0");
    CHECK(line.agent == "me");
  }
  raw_client client{running->port()};
  auto opening = handshake("/talk");
  opening.insert(opening.size() - 2,
                 "X-Request-Id: of-talk\r\nUser-Agent: " + std::string(400, 'u') + "\r\n");
  client.send(opening);
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "hello"));
  client.receive_all();
  const auto said = log.with("failed in a WebSocket");
  CHECK(said.route == "/talk");
  CHECK(said.id == "of-talk");
  const auto line = log.with("/talk");
  CHECK(line.id == "of-talk");
  CHECK(line.protocol == "WebSocket");
  CHECK(line.agent == std::string(300, 'u')); // more is kept of nobody
}

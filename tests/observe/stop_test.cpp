// Stops with many feeds and WebSockets open, on sockets (S87). How long they take: bench/.

#include "tests/support/frames.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"
#include <sluice/sluice.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto many = 100;
constexpr std::string_view last_words = "data: going\n\n";

task feed_until_stop(exchange& http) {
  auto events = http.events();
  co_await events.send(server_event{"begun"});
  co_await http.draining();
  co_await events.send(server_event{"going"});
  co_await events.finish();
}

task talk_until_stop(web_socket& socket) {
  co_await socket.send_text("begun");
  for (;;) {
    auto next = co_await first_of(socket.next(), socket.draining());
    if (next.index() == 1)
      break;
    if (!std::get<0>(next))
      co_return;
  }
  co_await socket.send_text("going");
}

/// Neither listens for the stop: their connections end them.
task feed_for_ever(exchange& http) {
  auto events = http.events();
  co_await events.send(server_event{"begun"});
  for (;;)
    co_await http.delay(1h);
}

task talk_for_ever(web_socket& socket) {
  co_await socket.send_text("begun");
  while (const auto next = co_await socket.next()) {}
}

} // namespace

TEST_CASE("a stop with 100 feeds and 100 WebSockets open is clean (S87)") {
  auto listens = true;
  SUBCASE("whose handlers listen for it") {}
  SUBCASE("whose handlers do not") {
    listens = false;
  }
  router routes;
  routes.get("/feed",
             [=](exchange& http) { return listens ? feed_until_stop(http) : feed_for_ever(http); });
  routes.web_socket("/talk", [=](web_socket& socket) {
    return listens ? talk_until_stop(socket) : talk_for_ever(socket);
  });
  test_server server{routes};
  std::vector<std::unique_ptr<raw_client>> feeds;
  std::vector<std::unique_ptr<raw_client>> talks;
  for (auto i = 0; i < many; ++i) {
    feeds.push_back(std::make_unique<raw_client>(server.port()));
    feeds.back()->send("GET /feed HTTP/1.1\r\nHost: a\r\n\r\n");
    talks.push_back(std::make_unique<raw_client>(server.port()));
    talks.back()->send(handshake("/talk"));
  }
  for (auto i = 0; i < many; ++i) {
    const auto which = static_cast<std::size_t>(i);
    REQUIRE(feeds[which]->receive_until("begun\n\n").find("begun") != std::string::npos);
    REQUIRE(talks[which]->receive_until("begun").find("begun") != std::string::npos);
  }
  // The clients answer Closes while the stop goes on.
  std::vector<std::string> said(many);
  std::thread answering{[&] {
    for (std::size_t i = 0; i < many; ++i) {
      said[i] = talks[i]->receive_until("\x88");
      talks[i]->send(client_frame(0x88, "\x03\xe8"));
    }
  }};
  const auto report = server.running->stop(30s);
  answering.join();
  CHECK(report.is_clean());
  for (auto& client : feeds) {
    const auto rest = client->receive_all();
    CHECK_FALSE(client->was_reset());
    CHECK((rest.find(last_words) != std::string::npos) == listens);
    CHECK(rest.find("0\r\n\r\n") != std::string::npos); // its end, not truncation
  }
  for (std::size_t i = 0; i < many; ++i) {
    talks[i]->receive_all();
    CHECK_FALSE(talks[i]->was_reset());
    CHECK((said[i].find("going") != std::string::npos) == listens);
  }
}

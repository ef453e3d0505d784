// Ping, Pong and Close while the handler works, and while the client does not read.

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view pong_hey{"\x8a\x03hey", 5};
constexpr std::string_view close_1000{"\x88\x02\x03\xe8", 4};

std::string close_frame() {
  return client_frame(0x88, std::string_view{"\x03\xe8", 2});
}

/// Frames of `all` from the server, as opcode octet and payload size.
std::vector<std::pair<int, std::size_t>> frames_of(std::string_view all) {
  std::vector<std::pair<int, std::size_t>> found;
  while (all.size() >= 2) {
    const auto first = static_cast<unsigned char>(all[0]);
    std::size_t size = static_cast<unsigned char>(all[1]);
    std::size_t header = 2;
    const auto extended = size == 126 ? 2U : (size == 127 ? 8U : 0U);
    if (extended != 0) {
      size = 0;
      for (auto i = 0U; i < extended; ++i)
        size = size << 8U | static_cast<unsigned char>(all[2 + i]);
      header += extended;
    }
    found.emplace_back(first, size);
    all.remove_prefix(std::min(all.size(), header + size));
  }
  return found;
}

} // namespace

TEST_CASE("a Ping between fragments is answered at once and takes no slot (S29 S30)") {
  stage all;
  const auto start = all.open_web_socket();
  all.client.send(client_frame(0x81, "fills the slot") + client_frame(0x01, "begun")
                  + client_frame(0x89, "hey"));
  all.client.run();
  CHECK(all.received_since(start) == pong_hey);
  all.client.send(client_frame(0x80, " and ended") + client_frame(0x89, "hey"));
  all.client.run();
  CHECK(all.received_since(start) == std::string{pong_hey} + std::string{pong_hey});
  CHECK(all.seen().data == 1);
}

TEST_CASE("a Close behind parked messages is told and answered after them (S30 S38)") {
  stage all{pace::late};
  const auto start = all.open_web_socket();
  all.client.send(client_frame(0x81, "one") + client_frame(0x81, "two")
                  + client_frame(0x81, "three") + close_frame());
  all.client.run();
  CHECK(all.received_since(start).empty());
  CHECK(all.seen().data == 1);
  all.tell(caf::make_message(acknowledge_order::value));
  CHECK(all.seen().data == 3);
  CHECK(all.seen().closes == 1);
  CHECK(all.received_since(start) == close_1000);
}

TEST_CASE("messages before a Close are delivered however many, also to a slow handler (S38 S40)") {
  int delivered = 0;
  std::optional<closed> close;
  router routes;
  routes.web_socket("/ws", [&](web_socket& socket) {
    return [](web_socket& peer, int& count, std::optional<closed>& end) -> task {
      while (auto next = co_await peer.next()) {
        ++count;
        co_await peer.delay(1s);
      }
      end = peer.close_event();
    }(socket, delivered, close);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  std::string all;
  for (auto i = 0; i < 100; ++i)
    all += client_frame(0x81, "event " + std::to_string(i))
           + client_frame(0x82, std::string(300, 'b'));
  SUBCASE("with a Close behind them") {
    client.send(all + close_frame());
    client.shutdown_write();
    client.advance(300s);
    CHECK(delivered == 200);
    REQUIRE(close);
    CHECK(static_cast<int>(close->code) == 1000);
  }
  SUBCASE("with a part of a Close: it can't come any more") {
    client.send(all + close_frame().substr(0, 5));
    client.shutdown_write();
    client.run();
    CHECK(delivered <= 1);
    CHECK_FALSE(client.is_alive());
  }
}

TEST_CASE("a handler that never acknowledges is cancelled some time after the Close (S30 S35)") {
  stage all;
  const auto start = all.open_web_socket();
  all.client.send(client_frame(0x81, "one") + close_frame());
  all.client.run();
  CHECK(all.received_since(start).empty());
  all.client.advance(settings{}.close_deadline);
  CHECK(all.received_since(start) == close_1000);
  all.client.advance(settings{}.handler_deadline);
  CHECK(all.received_since(start) == close_1000);
  CHECK(all.seen().has_ended);
  CHECK(all.seen().cancelled.size() == 1);
  CHECK(all.client.peer().saw_end);
}

TEST_CASE("Pongs that never come do not end a stalled client (S32)") {
  stage all{pace::never, [](settings& limits) { limits.handler_deadline = 0s; }};
  const auto start = all.open_web_socket();
  all.client.send(client_frame(0x81, "one"));
  all.client.run();
  all.client.advance(150s);
  CHECK(frames_of(all.received_since(start)).size() == 10); // a Ping each 15 s
  CHECK(all.client.is_open());
  CHECK(all.seen().cancelled.empty());
}

TEST_CASE("a Pong goes between the fragments of a large message (S33)") {
  const std::string large(1'000'000, 'x');
  router routes;
  routes.web_socket("/ws", [&large](web_socket& socket) {
    return [](web_socket& peer, const std::string& content) -> task {
      co_await peer.send_binary(octets{content});
      while (auto next = co_await peer.next()) {}
    }(socket, large);
  });
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.stop_reading();
  client.run();
  client.send(client_frame(0x89, "hey"));
  client.run();
  client.read_on();
  client.run();
  const auto& all = client.peer().received;
  const auto frames = frames_of(std::string_view{all}.substr(all.find("\r\n\r\n") + 4));
  std::size_t payload = 0;
  auto pong_at = frames.size();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].first == 0x8a)
      pong_at = i;
    else
      payload += frames[i].second;
  }
  CHECK(payload == large.size());
  CHECK(pong_at > 0);
  CHECK(pong_at + 1 < frames.size());  // fragments before it and behind it
  CHECK(frames.front().first == 0x02); // binary, not final
  CHECK(frames.back().first == 0x80);  // continuation, final
}

TEST_CASE("a Pong and a Close find room although data fills the cap (S34 S47)") {
  router routes;
  const auto refused = std::make_shared<int>(0);
  routes.web_socket("/ws", [refused](web_socket& socket) {
    return [](web_socket& peer, std::shared_ptr<int> count) -> task {
      std::vector<pending_answer> answers;
      for (auto i = 0; i < 100; ++i)
        answers.push_back(peer.send_binary(octets{std::string(60'000, 'x')}));
      for (auto& answer : answers) {
        try {
          co_await answer;
        } catch (const handler_fault&) {
          ++*count;
        }
      }
    }(socket, refused);
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send(handshake("/ws"));
  client.run();
  client.send(client_frame(0x89, "hey") + close_frame());
  client.run();
  client.read_on();
  client.run();
  CHECK(*refused > 70);
  const auto& all = client.peer().received;
  CHECK(all.find(pong_hey) != std::string::npos);
  CHECK(all.ends_with(close_1000));
}

TEST_CASE("Pongs behind waiting messages stay within the cap and the reserve (S31 S47)") {
  router routes;
  int sent = 0;
  routes.web_socket("/ws", [&sent](web_socket& socket) {
    return [](web_socket& peer, int& count) -> task {
      std::vector<pending_answer> answers;
      for (auto i = 0; i < 100; ++i)
        answers.push_back(peer.send_binary(octets{std::string(60'000, 'x')}));
      for (auto& answer : answers) {
        try {
          co_await answer;
          ++count;
        } catch (const handler_fault&) {}
      }
    }(socket, sent);
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send(handshake("/ws"));
  client.run();
  std::string pings;
  for (auto i = 0; i < 1900; ++i)
    pings += client_frame(0x89, std::string(125, 'p'));
  client.send(pings);
  client.run();
  CHECK(client.is_open());
  CHECK(client.in_kernel() > 0);
  const auto taken = pings.size() - client.in_kernel() - client.peer().unsent;
  const auto pong_sizes = taken / client_frame(0x89, std::string(125, 'p')).size() * 127;
  CHECK(pong_sizes > 0);
  // The kernel of the fixture had room for some of it.
  CHECK(pong_sizes < settings{}.control_reserve + 2 * 64 * 1024);
  // It was only slow: every Ping is answered, every message comes.
  client.read_on();
  client.run();
  auto pongs = 0;
  const auto& all = client.peer().received;
  for (const auto& [opcode, size] :
       frames_of(std::string_view{all}.substr(all.find("\r\n\r\n") + 4)))
    pongs += opcode == 0x8a && size == 125 ? 1 : 0;
  CHECK(pongs == 1900);
  CHECK(sent >= 17);
}

TEST_CASE("a flood of Pings by a client that does not read stops being read (S31)") {
  stage all{pace::at_once};
  all.open_web_socket();
  all.client.stop_reading();
  std::size_t sent = 0;
  const auto ping = client_frame(0x89, std::string(125, 'p'));
  std::string burst;
  for (auto i = 0; i < 20'000; ++i)
    burst += ping;
  all.client.send(burst);
  all.client.run();
  CHECK(all.client.peer().is_blocked);
  const auto taken = burst.size() - all.client.in_kernel() - all.client.peer().unsent;
  CHECK(taken < settings{}.high_water + 3 * settings{}.chunk_size);
  // Nothing is lost: it was only slow.
  all.client.read_on();
  all.client.run();
  const auto frames = frames_of(std::string_view{all.client.peer().received}.substr(
    all.client.peer().received.find("\r\n\r\n") + 4));
  for (const auto& [opcode, size] : frames)
    sent += opcode == 0x8a && size == 125 ? 1 : 0;
  CHECK(sent == 20'000);
}

#include "sluice/protocol/websocket/session.hpp"
#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <deque>

#include <malloc.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

task echo(web_socket& socket) {
  while (const auto next = co_await socket.next())
    co_await socket.send(*next);
}

std::string offering(std::string_view target, std::string_view offers) {
  auto head = handshake(target);
  head.insert(head.size() - 2, "Sec-WebSocket-Extensions: " + std::string{offers} + "\r\n");
  return head;
}

websocket::deflate_options everything() {
  websocket::deflate_options how;
  how.smallest = 1;
  return how;
}

/// A client's compressed message of one frame. Our own compressor, which protocol/ tests.
std::string compressed(std::string_view content) {
  websocket::session peer{{}, websocket::deflate_options{}};
  return client_frame(0xc2, peer.compress(as_octets(content), true));
}

const std::string hello{"\xf2\x48\xcd\xc9\xc9\x07\x00", 7};
const std::string hello_again{"\xf2\x00\x11\x00\x00", 5};

/// Octets that hardly compress.
std::string noise(std::size_t size) {
  std::uint32_t state = 1;
  std::string all(size, '\0');
  for (auto& c : all) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return all;
}

/// The octets that the process has in use on its heaps.
std::size_t in_use() {
  const auto all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
}

} // namespace

TEST_CASE("permessage-deflate is agreed on only where a route has it (RFC 7692 sec. 5)") {
  router routes;
  routes.web_socket("/plain", echo);
  routes.web_socket("/deflate", echo).deflate();
  test_server server{routes};
  const auto answer = [&](const std::string& request) {
    raw_client client{server.port()};
    client.send(request);
    return client.receive_until("\r\n\r\n");
  };
  const std::string agreed = "\r\nSec-WebSocket-Extensions: permessage-deflate; "
                             "server_max_window_bits=10\r\n";
  const std::string offer = "x, permessage-deflate; server_max_window_bits=10";
  CHECK(answer(offering("/deflate", offer)).find(agreed) != std::string::npos);
  CHECK(answer(offering("/deflate", offer)).starts_with("HTTP/1.1 101 "));
  for (const auto& request :
       {offering("/plain", offer), handshake("/deflate"), offering("/deflate", "x")}) {
    const auto head = answer(request);
    CHECK(head.starts_with("HTTP/1.1 101 "));
    CHECK(head.find("Extensions") == std::string::npos);
  }
  CHECK(answer(offering("/plain", "permessage-deflate;")).starts_with("HTTP/1.1 400 "));
}

TEST_CASE("compressed messages go to the handler and back (RFC 7692 sec. 7.2.3)") {
  router routes;
  routes.web_socket("/", echo).deflate(everything());
  test_server server{routes};
  raw_client client{server.port()};
  client.send(offering("/", "permessage-deflate"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "Hello") + client_frame(0xc1, hello));
  CHECK(client.receive(9) == "\xc1\x07" + hello);
  CHECK(client.receive(7) == "\xc1\x05" + hello_again);
}

TEST_CASE("a message that does not reach the smallest size goes out as it is (router.hpp)") {
  router routes;
  routes.web_socket("/", echo).deflate();
  test_server server{routes};
  raw_client client{server.port()};
  client.send(offering("/", "permessage-deflate"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0xc1, hello));
  CHECK(client.receive(7) == "\x81\x05Hello");
}

TEST_CASE("a message that a handler sends in parts is one compressed message (RFC 7692 sec. 6)") {
  router routes;
  routes
    .web_socket("/",
                [](web_socket& socket) -> task {
                  message part{message_kind::text, octets{std::string_view{"Hello"}}, false};
                  co_await socket.send(part);
                  part.is_last = true;
                  co_await socket.send(part);
                })
    .deflate(everything());
  test_server server{routes};
  raw_client client{server.port()};
  client.send(offering("/", "permessage-deflate"));
  client.receive_until("\r\n\r\n");
  CHECK(client.receive(9) == "\x41\x07" + hello);
  CHECK(client.receive(11) == "\x80\x09" + std::string("\x00\x00\xff\xff", 4) + hello_again);
}

TEST_CASE("a large compressed message goes out in fragments with RSV1 on the first (S33)") {
  router routes;
  routes
    .web_socket("/",
                [](web_socket& socket) -> task {
                  const octets large{noise(200'000)};
                  co_await socket.send_binary(large);
                })
    .deflate();
  test_server server{routes};
  raw_client client{server.port()};
  client.send(offering("/", "permessage-deflate"));
  client.receive_until("\r\n\r\n");
  std::string firsts;
  std::size_t total = 0;
  for (auto is_last = false; !is_last && firsts.size() < 10;) {
    const auto head = client.receive(2);
    REQUIRE(head.size() == 2);
    firsts += head[0];
    is_last = (static_cast<unsigned char>(head[0]) & 0x80U) != 0;
    const auto extended = head[1] == 127 ? 8U : head[1] == 126 ? 2U : 0U;
    std::size_t size = extended == 0 ? static_cast<std::size_t>(head[1]) : 0;
    for (const char c : client.receive(extended))
      size = size << 8U | static_cast<unsigned char>(c);
    CHECK(client.receive(size).size() == size);
    total += size;
  }
  CHECK(firsts == std::string("\x42\x00\x00\x80", 4));
  CHECK(total > 200'000);
  CHECK(total < 200'200);
}

TEST_CASE("a compressed message past the limit or the ratio is refused (S28)") {
  router routes;
  routes.web_socket("/small", echo).message_limit(100).deflate();
  routes.web_socket("/", echo).deflate();
  test_server server{routes};
  const auto answer = [&](std::string_view target, const std::string& content) {
    raw_client client{server.port()};
    client.send(offering(target, "permessage-deflate"));
    client.receive_until("\r\n\r\n");
    client.send(compressed(content));
    return client.receive(4);
  };
  CHECK(answer("/small", std::string(101, 'x')) == std::string_view{"\x88\x02\x03\xf1", 4});
  CHECK(answer("/", std::string(100'000, 'x')) == std::string_view{"\x88\x02\x03\xf0", 4});
}

TEST_CASE("a part that fills behind the last octet is delivered without further octets (S7)") {
  const auto seen = std::make_shared<observed<std::string>>();
  router routes;
  routes
    .web_socket("/",
                [seen](web_socket& socket) {
                  return [](web_socket& peer, auto all) -> task {
                    while (const auto next = co_await peer.next()) {
                      const auto size = next->size();
                      const auto end = next->is_last ? '.' : ' ';
                      all->update([&](auto& text) { text += std::to_string(size) + end; });
                      co_await peer.delay(std::chrono::milliseconds{1});
                    }
                  }(socket, seen);
                })
    .message_parts(1000)
    .deflate();
  test_server server{routes};
  raw_client client{server.port()};
  client.send(offering("/", "permessage-deflate"));
  client.receive_until("\r\n\r\n");
  client.send(compressed(std::string(4500, 'x')));
  const std::string expected = "1000 1000 1000 1000 500.";
  CHECK(seen->wait([&](const auto& text) { return text == expected; }));
  CHECK(seen->get() == expected);
}

TEST_CASE("a stalled WebSocket holds no more than the bound however well it compresses (S8 S61)") {
  constexpr std::size_t clients = 24;
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  // Sends what needs the whole deflater, and never acknowledges what it got.
  const behavior_handler stalls{
    [log](caf::event_based_actor* self, const request&, const caf::actor& peer) -> caf::behavior {
      const auto hold = std::make_shared<std::vector<caf::response_promise>>();
      return {
        [=](const message& next) {
          hold->push_back(self->make_response_promise());
          for (auto i = 0; i < 4; ++i)
            self
              ->request(peer, caf::infinite,
                        send_message{{message_kind::binary, octets{noise(40'000)}}})
              .then([] {}, [](const caf::error&) {});
          log->update([&](auto& all) {
            ++all.data;
            all.octets += next.size();
          });
        },
        [self](const cancelled&) { self->quit(); },
      };
    },
    true};
  routes.web_socket("/", stalls).deflate();
  config used;
  test_server server{routes, [&](config& wishes) {
                       wishes.limits.max_message_size = 64 * 1024;
                       wishes.limits.chunk_size = 16 * 1024;
                       wishes.limits.output_cap = 256 * 1024;
                       used = wishes;
                     }};
  const auto bound = memory_bound(used.limits) + websocket::deflate_memory({});
  // 80 octets that come to 64 KiB, as often as the look-ahead would take them.
  const auto whole = compressed(std::string(64 * 1024, 'x'));
  std::string flood = client_frame(0x89, "hey");
  for (auto i = 0; i < 60; ++i)
    flood += whole;

  const auto before = in_use();
  std::deque<raw_client> all;
  for (std::size_t i = 0; i < clients; ++i) {
    auto& client = all.emplace_back(server.port());
    client.send(offering("/", "permessage-deflate"));
    client.receive_until("\r\n\r\n");
    client.send(whole);
  }
  REQUIRE(log->wait([](const auto& seen) { return seen.data == static_cast<int>(clients); }));
  CHECK(log->get().octets == clients * 64 * 1024);
  for (auto& client : all) {
    client.send(flood);
    // The Pong leaves in the turn that parsed as much as it may of what came with the Ping.
    CHECK(client.receive_until(std::string_view{"\x8a\x03hey", 5}).ends_with("hey"));
  }
  const auto after = in_use();
  CHECK(after < before + clients * bound);
  CHECK(log->get().data == static_cast<int>(clients));
}

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t far_too_much = 64 * 1024 * 1024;
constexpr int client_buffer = 64 * 1024;

/// What may leave the client while nothing is acknowledged: one chunk, the kernel's buffers on both
/// sides.
std::size_t most_that_fits(const settings& limits) {
  return limits.chunk_size + 2 * limits.receive_buffer + 2 * client_buffer + 64 * 1024;
}

/// Lets the server work until the handler's progress stands still.
std::size_t settled(const test_server& server, observed<std::size_t>& progress) {
  for (;;) {
    const auto before = progress.get();
    server.settle();
    if (progress.get() == before)
      return before;
  }
}

} // namespace

TEST_CASE("a client that sends to a handler that never acknowledges is blocked (S1 S10)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", never_acknowledges(log));
  test_server server{routes};
  raw_client client{server.port(), client_buffer};
  std::string head;
  SUBCASE("with Content-Length") {
    head = "POST /sink HTTP/1.1\r\nHost: test\r\nContent-Length: 4000000000\r\n\r\n";
  }
  SUBCASE("chunked") {
    head = "POST /sink HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nF4240000\r\n";
  }
  client.send(head);
  const auto sent = client.send_until_blocked(std::string(65536, 'x'), far_too_much);
  CHECK(sent > settings{}.receive_buffer);
  CHECK(sent <= most_that_fits(settings{}));
  CHECK(log->wait([](const auto& all) { return all.data == 1; }));
  CHECK(log->get().octets > 0);
  CHECK(log->get().octets <= settings{}.chunk_size);
}

TEST_CASE(
  "a WebSocket client that sends to a handler that never acknowledges is blocked (S1 S10)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/sink", never_acknowledges(log));
  test_server server{routes};
  raw_client client{server.port(), client_buffer};
  client.send(handshake("/sink"));
  CHECK(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  const auto sent = client.send_until_blocked(client_frame(0x82, std::string(65536, 'x')),
                                              far_too_much);
  CHECK(sent > settings{}.receive_buffer);
  CHECK(sent <= most_that_fits(settings{}) + 65536);
  CHECK(log->wait([](const auto& all) { return all.data == 1; }));
}

TEST_CASE("a Ping behind a full slot is answered at once (S30)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/sink", never_acknowledges(log));
  test_server server{routes};
  raw_client client{server.port()};
  client.send(handshake("/sink"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "first"));
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.send(client_frame(0x81, "second") + client_frame(0x89, "hey")
              + client_frame(0x81, "third"));
  CHECK(client.receive(5) == std::string_view{"\x8a\x03hey", 5});
  CHECK(log->get().data == 1);
}

TEST_CASE("a Close behind a full slot is answered at its deadline (S30 S35)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/sink", never_acknowledges(log));
  test_server server{
    routes, [](config& wishes) { wishes.limits.close_deadline = std::chrono::milliseconds{200}; }};
  raw_client client{server.port()};
  client.send(handshake("/sink"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "first"));
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.send(client_frame(0x88, std::string_view{"\x03\xe8", 2}));
  CHECK(client.receive(4) == std::string_view{"\x88\x02\x03\xe8", 4});
}

TEST_CASE("messages parked behind a full slot are delivered in order once it is free (S1 S7)") {
  const auto seen = std::make_shared<observed<std::vector<std::string>>>();
  router routes;
  routes.web_socket("/", [seen](web_socket& socket) {
    return [](web_socket& peer, auto all) -> task {
      while (auto next = co_await peer.next()) {
        all->update([&](auto& texts) { texts.emplace_back(next->text()); });
        co_await peer.delay(std::chrono::milliseconds{1});
      }
    }(socket, seen);
  });
  test_server server{routes};
  raw_client client{server.port()};
  std::string all = handshake("/");
  std::vector<std::string> expected;
  for (auto i = 0; i < 300; ++i) {
    expected.push_back(std::to_string(i));
    all += client_frame(0x81, expected.back());
  }
  client.send(all);
  CHECK(seen->wait([](const auto& texts) { return texts.size() == 300; }));
  CHECK(seen->get() == expected);
}

TEST_CASE("content that came with the head reaches the handler whole and ends once (S4 S7)") {
  router routes;
  routes.post("/count", [](exchange& http) -> task {
    std::string all;
    auto chunks = 0;
    while (auto piece = co_await http.content().next()) {
      all += piece->text();
      ++chunks;
    }
    auto answer = std::to_string(chunks) + ' ' + all;
    co_await http.respond(status::ok, std::move(answer));
  });
  test_server server{routes};
  raw_client client{server.port()};
  // Two requests in one write: chunked content is coalesced, and the second waits for the first
  // (S21).
  client.send("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
              "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nfg");
  CHECK(client.receive_response().ends_with("\r\n\r\n1 abcde"));
  CHECK(client.receive_response().ends_with("\r\n\r\n1 fg"));
  client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\n0 "));
}

TEST_CASE("a client that does not read blocks the handler that sends to it (S47 S49)") {
  const auto sent = std::make_shared<observed<std::size_t>>();
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/flood", [sent, log](exchange& http) {
    return [](exchange& peer, auto total, shared_log ended) -> task {
      const tombstone note{ended};
      const std::string piece(65536, 'x');
      co_await peer.begin(status::ok);
      for (auto i = 0; i < 1600; ++i) {
        co_await peer.send(piece);
        total->update([&](auto& octets) { octets += piece.size(); });
      }
      co_await peer.finish();
    }(http, sent, log);
  });
  test_server server{routes};
  raw_client client{server.port(), 0, client_buffer};
  client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.is_readable(5000));
  // What leaves is what the kernel's buffers hold; the rest of the hundred megabytes is not even
  // made.
  const auto before = settled(server, *sent);
  CHECK(before > 0);
  CHECK(before <= 2 * settings{}.send_buffer + 2 * client_buffer);
  constexpr std::size_t taken = 4 * 1024 * 1024;
  client.receive(taken);
  const auto more = settled(server, *sent) - before;
  CHECK(more >= taken - 2 * 65536);
  CHECK(more <= taken + 2 * 65536);
  client.reset();
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
}

TEST_CASE("what is sent leaves before the Close that answers the client, nothing after it (S35)") {
  router routes;
  routes.web_socket("/", [](web_socket& socket) -> task {
    const octets large{std::string(900'000, 'x')};
    // More than the kernel's buffers hold: some of it is still here when the Close comes.
    for (auto i = 0; i < 10; ++i)
      co_await socket.send_binary(large);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(handshake("/"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x88, std::string_view{"\x03\xe8", 2}));
  const auto all = client.receive_all();
  CHECK(all.ends_with(std::string_view{"\x88\x02\x03\xe8", 4}));
  CHECK(all.size() > 10U * 900'000);
}

// Bounds of one connection, at n and at n + 1.

#include "sluice/actors/testing/simulation.hpp"
#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;

/// What the kernel of a client that does not read takes.
constexpr std::size_t kernel_room = 64 * 1024;

/// The size of a response with `content` octets, its head included.
std::size_t response_size(std::size_t content) {
  router routes;
  routes.get("/", [content](const request&) { return text(std::string(content, 'x')); });
  simulation service{routes};
  auto& client = service.connect();
  client.get("/");
  service.run();
  return client.seen().received.size();
}

/// How much content makes a response of `whole` octets.
std::size_t content_for(std::size_t whole) {
  return whole - (response_size(whole - 1000) - (whole - 1000));
}

/// What the server has taken of what `client` has sent.
std::size_t taken(const scripted_client& client, std::size_t sent) {
  return sent - client.unread_by_server() - client.seen().unsent;
}

} // namespace

TEST_CASE("the next request begins behind low_water unsent octets and not behind more (S21 S31)") {
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    const std::string content(content_for(kernel_room + preset.low_water + more), 'x');
    router routes;
    routes.get("/large", [&](const request&) { return text(content); });
    routes.get("/", [](const request&) { return text("fine"); });
    simulation service{routes};
    auto& client = service.connect();
    client.stop_reading();
    client.get("/large");
    client.get("/");
    service.run();
    CHECK(service.count().requests == 2 - more);
    client.read_on();
    service.run();
    CHECK(service.count().requests == 2);
    CHECK(client.responses().size() == 2);
  }
}

TEST_CASE("a plain function's next call is behind low_water unsent octets and not more (S31)") {
  constexpr std::size_t header = 4;
  constexpr std::size_t first = 60'000;
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    // The first answer leaves; the second fills the kernel, and the rest of it waits.
    const auto second = kernel_room - (first + header) + preset.low_water + more - header;
    int calls = 0;
    router routes;
    routes.web_socket("/ws", [&](const request&, const message&) {
      const auto size = calls++ == 0 ? first : second;
      return std::optional{message{message_kind::binary, octets{std::string(size, 'x')}}};
    });
    simulation service{routes};
    auto& client = service.connect();
    client.open_web_socket("/ws");
    service.run();
    client.stop_reading();
    for (const std::string said : {"one", "two", "three"})
      client.send_text(said);
    service.run();
    CHECK(client.seen().in_flight == kernel_room);
    CHECK(calls == static_cast<int>(3 - more));
    client.read_on();
    service.run();
    CHECK(calls == 3);
    CHECK(client.messages().size() == 3);
  }
}

TEST_CASE("a response is as large as the output's cap and no larger (S47)") {
  settings limits;
  limits.output_cap = 300'000;
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    const std::string content(content_for(limits.output_cap + more), 'x');
    router routes;
    routes.get("/", [&](const request&) { return text(content); });
    simulation service{routes, {limits, 0}};
    auto& client = service.connect();
    client.get("/");
    service.run();
    CHECK(client.response().status == (more == 0 ? 200 : 500));
  }
}

TEST_CASE("as much content is left unread as may be discarded and no more (S22)") {
  router routes;
  routes.post("/", [](const request&) { return text("early"); });
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    simulation service{routes};
    auto& client = service.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
                + std::to_string(preset.drain_content + more) + "\r\n\r\n");
    service.run();
    const auto& received = client.seen().received;
    CHECK(received.ends_with("early"));
    CHECK((received.find("\r\nConnection: close\r\n") == std::string::npos) == (more == 0));
    CHECK(client.seen().saw_end == (more == 1));
  }
}

TEST_CASE("behind a last answer linger_content octets are discarded and no more (S22)") {
  settings limits;
  limits.linger_content = 1'000'000;
  router routes;
  simulation service{routes, {limits, 0}};
  auto& client = service.connect();
  client.send("(non/sense)\r\n\r\n");
  service.run();
  REQUIRE(client.seen().saw_end);
  for (auto i = 0; i < 10; ++i) {
    client.send(std::string(100'000, 'x'));
    service.run();
  }
  CHECK(client.is_open());
  CHECK(client.unread_by_server() == 0);
  client.send("x");
  service.run();
  CHECK_FALSE(client.is_open());
  CHECK_FALSE(client.seen().saw_reset);
}

TEST_CASE("a client that sends on while its last answer leaves gets all of it (S22)") {
  const std::string large(500'000, 'x');
  settings limits;
  limits.linger_content = 100'000;
  router routes;
  routes.post("/", [&](const request&) { return text(large); });
  simulation service{routes, {limits, 0}};
  auto& client = service.connect();
  client.stop_reading();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
  client.send(std::string(limits.linger_content + kernel_room, 'x'));
  service.run();
  CHECK(client.is_open());
  client.read_on();
  service.run();
  CHECK(client.seen().received.ends_with("\r\n\r\n" + large));
}

TEST_CASE("a turn of a busy connection is sixteen reads long (S52)") {
  settings limits;
  limits.chunk_size = 1000;
  router routes;
  routes.get("/", [](const request&) { return text(""); });
  simulation service{routes, {limits, 0}};
  auto& busy = service.connect();
  auto& other = service.connect();
  service.run();
  std::string pipeline; // whose answers are far less than low_water
  while (pipeline.size() + 2100 < kernel_room)
    pipeline += "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n";
  busy.send(pipeline);
  REQUIRE(service.step());
  CHECK(taken(busy, pipeline.size()) == 16 * limits.chunk_size);
  // The other has its turn before the busy one has its next.
  other.get("/");
  REQUIRE(service.step());
  CHECK(other.responses().size() == 1);
  CHECK(taken(busy, pipeline.size()) == 16 * limits.chunk_size);
  REQUIRE(service.step());
  CHECK(taken(busy, pipeline.size()) == 32 * limits.chunk_size);
  service.run();
  CHECK(taken(busy, pipeline.size()) == pipeline.size());
}

TEST_CASE("sixty-four messages are parsed ahead of a full slot and no more (S8 S30)") {
  for (const std::size_t more : {0U, 1U}) {
    CAPTURE(more);
    stage all{pace::late};
    const auto start = all.open_web_socket();
    std::string burst = client_frame(0x81, "fills the slot");
    for (std::size_t i = 0; i < 63 + more; ++i)
      burst += client_frame(0x81, {});
    // The Ping is behind 63 or 64 messages that are parked: behind the last that may be, nothing is
    // parsed.
    all.client.send(burst + client_frame(0x89, "hey"));
    all.client.run();
    const std::string_view pong{"\x8a\x03hey", 5};
    CHECK(all.received_since(start) == (more == 0 ? pong : std::string_view{}));
    all.tell(caf::make_message(acknowledge_order::value));
    CHECK(all.received_since(start) == pong);
    CHECK(all.seen().data == static_cast<int>(64 + more));
  }
}

TEST_CASE("what is taken of the look-ahead makes room for as much behind it (S8 S30)") {
  settings limits;
  limits.look_ahead = 1000;
  router routes;
  routes.web_socket("/", [](web_socket& socket) -> task {
    while (co_await socket.next())
      co_await socket.delay(1s);
  });
  simulation service{routes, {limits, 0}};
  auto& client = service.connect();
  client.open_web_socket("/");
  client.send_text("fills the slot");
  service.run();
  const std::string text(392, 'x'); // 400 with its header
  for (auto i = 0; i < 5; ++i)
    client.send_text(text);
  client.ping("hey");
  service.run();
  CHECK(client.handler().delivered.size() == 1);
  // Two and a half are parsed, then with each that is taken one more: behind the third all of it.
  for (std::size_t delivered = 2; delivered < 5; ++delivered) {
    CHECK(client.pongs().empty());
    service.advance(1s);
    CHECK(client.handler().delivered.size() == delivered);
  }
  CHECK(client.pongs().size() == 1);
}

namespace {

/// Sends more than may wait and counts what became of it.
template <class Peer, class Send>
task send_too_many(Peer& peer, Send send, std::string& outcome) {
  std::vector<pending_answer> answers;
  for (std::size_t i = 0; i < most_waiting_sends + 3; ++i)
    answers.push_back(send(peer));
  std::size_t sent = 0;
  std::size_t refused = 0;
  for (auto& answer : answers) {
    try {
      co_await answer;
      ++sent;
    } catch (const handler_fault&) {
      ++refused;
    }
  }
  outcome = std::to_string(sent) + " sent, " + std::to_string(refused) + " refused";
}

} // namespace

TEST_CASE("so many sends wait as may and one more is refused (S48)") {
  // One that is so large that all others wait behind it.
  const std::string large(200'000, 'x');
  std::string outcome;
  router routes;
  routes.get("/http", [&](exchange& http) {
    return [](exchange& peer, const std::string& first, std::string& what) -> task {
      co_await peer.begin(status::ok);
      static_cast<void>(peer.send(octets{first}));
      co_await send_too_many(
        peer, [](exchange& to) { return to.send("x"); }, what);
      co_await peer.finish();
    }(http, large, outcome);
  });
  routes.web_socket("/ws", [&](web_socket& socket) {
    return [](web_socket& peer, const std::string& first, std::string& what) -> task {
      static_cast<void>(peer.send_binary(octets{first}));
      co_await send_too_many(
        peer, [](web_socket& to) { return to.send_text("x"); }, what);
    }(socket, large, outcome);
  });
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  SUBCASE("pieces of a response") {
    client.get("/http");
  }
  SUBCASE("messages") {
    client.open_web_socket("/ws");
  }
  service.run();
  CHECK(outcome.empty());
  client.read_on();
  service.run();
  REQUIRE(most_waiting_sends == 256);
  CHECK(outcome == "255 sent, 4 refused"); // the large one waits as well
}

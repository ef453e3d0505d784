// Bounds of one connection, at n and at n + 1.

#include "actors/testing/simulation.hpp"
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

TEST_CASE("so many sends wait as may and one more is refused (S48)") {
  std::string what = "";
  router routes;
  const auto send_many = [](auto& peer, auto send, std::string& outcome) -> task {
    std::vector<pending_answer> answers;
    for (std::size_t i = 0; i < most_waiting_sends + 1; ++i)
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
  };
  SUBCASE("messages that wait in the queue of messages") {
    routes.web_socket("/", [&](web_socket& socket) {
      return [](web_socket& peer, auto many, std::string& outcome) -> task {
        // So large that nothing behind it is written.
        co_await peer.next();
        static_cast<void>(peer.send_binary(octets{std::string(200'000, 'x')}));
        co_await many(
          peer, [](web_socket& to) { return to.send_text("x"); }, outcome);
      }(socket, send_many, what);
    });
  }
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/");
  service.run();
  client.stop_reading();
  client.send_text("go");
  service.run();
  client.read_on();
  service.run();
  // The large one waits as well.
  CHECK(what == "255 sent, 2 refused");
}

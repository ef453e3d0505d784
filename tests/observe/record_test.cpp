// What a server records of its connections, and that it plays again as it was.

#include "sluice/actors/testing/replay.hpp"
#include "sluice/server/admin/admin.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"
#include <sluice/sluice.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view upload_head = "POST /upload?token=secret HTTP/1.1\r\nHost: a\r\n"
                                         "Authorization: secret\r\n";

/// Keeps the records of failures.
struct recorded final : journal {
  void keep(const flight_record& record) override {
    all.update([&](auto& kept) { kept.push_back(record.text()); });
  }
  [[nodiscard]] bool wants_record() const noexcept override { return true; }
  [[nodiscard]] flight_record first() {
    REQUIRE(all.wait([](const auto& kept) { return !kept.empty(); }));
    return flight_record::parse(all.get().front());
  }
  observed<std::vector<std::string>> all;
};

/// Fails at the second chunk, and says how large the first was.
task fails_at_second(exchange& http, observed<int>* chunks) {
  std::size_t first = 0;
  while (const auto chunk = co_await http.content().next()) {
    if (first != 0)
      throw std::runtime_error{"the first had " + std::to_string(first)};
    first = chunk->size();
    chunks->update([](int& count) { ++count; });
  }
  co_await http.respond(status::ok);
}

/// Sends on what it is told, and fails when it is told to.
task fails_on_word(web_socket& socket) {
  while (const auto said = co_await socket.next()) {
    if (said->text() == "fail")
      throw std::runtime_error{"as I was told"};
    co_await socket.send(*said);
  }
}

router all_routes(observed<int>& chunks) {
  router routes;
  routes.get("/", [](const request&) { return text("hello"); });
  routes.post("/upload", [&chunks](exchange& http) { return fails_at_second(http, &chunks); });
  routes.web_socket("/chat", fails_on_word);
  routes.web_socket("/echo", [](const request&, const message& said) -> std::optional<message> {
    if (said.size() == 6)
      throw std::runtime_error{"six"};
    return said;
  });
  routes.get("/throws", [](const request&) -> response { throw std::runtime_error{"plainly"}; });
  return routes;
}

struct recording_server {
  explicit recording_server(std::size_t content) {
    config wishes;
    wishes.port = 0;
    wishes.threads = 1;
    wishes.loop_lag = duration::zero();
    wishes.limits.record_events = 50;
    wishes.limits.record_content = content;
    std::string error;
    running = server::start(wishes, routes, log, time, error);
    REQUIRE(running);
  }

  recorded log;
  observed<int> chunks;
  const router routes = all_routes(chunks);
  const time_source time;
  std::unique_ptr<server> running;
};

void upload_and_fail(recording_server& world, std::string_view framing, std::string_view first,
                     std::string_view second) {
  raw_client client{world.running->port()};
  client.send(std::string{upload_head}.append(framing).append("\r\n").append(first));
  REQUIRE(world.chunks.wait([](int count) { return count == 1; }));
  client.send(second);
  CHECK(client.receive_response().find("500") != std::string::npos);
}

} // namespace

TEST_CASE("a failed upload is recorded, and fails again in the kit (flight_recorder.hpp)") {
  struct upload {
    std::string framing;
    std::string first;
    std::string second;
  };
  const std::string length = "Content-Length: 1000\r\n";
  const std::string chunks = "Transfer-Encoding: chunked\r\n";
  const std::vector<upload> all{
    {length, std::string(100, 'a'), std::string(200, 'b')},
    {chunks, "64\r\n" + std::string(100, 'a') + "\r\n", "64\r\n" + std::string(100, 'b') + "\r\n"},
  };
  for (const auto content : {std::size_t{0}, std::size_t{64 * 1024}})
    for (const auto& [framing, first, second] : all) {
      CAPTURE(content);
      CAPTURE(framing);
      recording_server world{content};
      upload_and_fail(world, framing, first, second);
      const auto record = world.log.first();
      CAPTURE(record.text());
      CHECK(record.peer().find("127.0.0.1:") == 0);
      CHECK((record.text().find("secret") != std::string::npos) == (content != 0));
      CHECK((record.text().find("aaaa") != std::string::npos) == (content != 0));

      replay again{record, world.routes};
      CHECK(again.recorded_failure().find("the first had 100") != std::string::npos);
      again.run();
      CHECK(again.failure() == again.recorded_failure());
      CHECK(again.client().handler().failures.size() == 1);
    }
}

TEST_CASE(
  "a failed WebSocket is recorded, and fails again where its words are (flight_recorder.hpp)") {
  recording_server world{64 * 1024};
  raw_client client{world.running->port()};
  client.send(handshake("/chat"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "hello"));
  client.receive(2 + 5);
  client.send(client_frame(0x81, "fail"));
  const auto record = world.log.first();
  CAPTURE(record.text());
  replay again{record, world.routes};
  again.run();
  CHECK(again.recorded_failure().find("as I was told") != std::string::npos);
  CHECK(again.failure() == again.recorded_failure());
  REQUIRE(again.client().messages().size() == 1);
  CHECK(again.client().messages()[0].content == "hello");
}

TEST_CASE("a plain function that throws is recorded as well (flight_recorder.hpp)") {
  recording_server world{0};
  raw_client client{world.running->port()};
  for (auto i = 0; i < 20; ++i) { // of earlier requests nothing need be left
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.receive_response();
  }
  client.send("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().find("500") != std::string::npos);
  const auto record = world.log.first();
  CAPTURE(record.text());
  replay again{record, world.routes};
  again.run();
  CHECK(again.recorded_failure() == "plainly");
  CHECK(again.failure() == "plainly");
}

TEST_CASE("a plain function for messages is recorded as well (flight_recorder.hpp)") {
  recording_server world{0};
  raw_client client{world.running->port()};
  client.send(handshake("/echo"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "hello"));
  client.receive(2 + 5);
  client.send(client_frame(0x81, "123456"));
  const auto record = world.log.first();
  CAPTURE(record.text());
  replay again{record, world.routes};
  again.run();
  CHECK(again.recorded_failure() == "six");
  CHECK(again.failure() == "six");
  CHECK(again.client().messages().size() == 1);
}

TEST_CASE("the record of a connection can be asked for while it lasts (flight_recorder.hpp)") {
  recording_server world{0};
  const auto path = "/tmp/sluice-record-" + std::to_string(::getpid()) + ".sock";
  const admin console{path, world.running->seen(), world.log};
  const auto ask = [&](const std::string& target) {
    raw_client client{path};
    client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return client.receive_all();
  };
  raw_client client{world.running->port()};
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  std::string stalls;
  nlohmann::json rows;
  const auto until = std::chrono::steady_clock::now() + patience;
  do {
    stalls = ask("/stalls?waits_for=client&route=/upload");
    rows = nlohmann::json::parse(stalls.substr(stalls.find("\r\n\r\n"))).at("stalls");
  } while (rows.empty() && std::chrono::steady_clock::now() < until);
  REQUIRE(rows.size() == 1);
  const auto id = std::to_string(rows[0].at("connection").get<std::uint64_t>());
  const auto shown = ask("/record?connection=" + id);
  CHECK(shown.find("HTTP/1.1 200") == 0);
  CHECK(shown.find("request octets=10 words=\"POST /upload\"") != std::string::npos);
  CHECK(shown.find("chunk octets=3") != std::string::npos);
  CHECK(ask("/record?connection=999999").find("HTTP/1.1 404") == 0);
  CHECK(ask("/record").find("HTTP/1.1 400") == 0);
  CHECK(ask("/record?connection=x").find("HTTP/1.1 400") == 0);
}

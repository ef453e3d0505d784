// What a coroutine handler waits for, on its connection's loop and on the pool.

#include "sluice/actors/testing/simulation.hpp"
#include "tests/support/memory_in_use.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* placements[] = {"/loop", "/pooled"};

/// `handler` at "/loop" and "/pooled".
template <class Handler>
router placed(Handler handler) {
  router routes;
  routes.post("/loop", handler);
  routes.post("/pooled", handler).pooled();
  return routes;
}

} // namespace

TEST_CASE("a chunk that came while its handler chose something else is given to it later (S1)") {
  std::string log;
  const auto routes = placed([&log](exchange& http) -> task {
    while (true) {
      auto event = co_await first_of(http.content().next(), http.delay(1s));
      if (event.index() == 1) {
        log += '.';
        co_await http.delay(1s); // what comes now is not lost
        continue;
      }
      if (!std::get<0>(event))
        break;
      log += std::get<0>(event)->text();
    }
    co_await http.respond(status::ok);
  });
  for (const auto* target : placements) {
    CAPTURE(target);
    log.clear();
    simulation service{routes};
    auto& client = service.connect();
    client.begin_request(method::post, target);
    service.run();
    client.send_chunk("a");
    service.run();
    service.advance(1500ms);
    CHECK(log == "a.");
    client.send_chunk("b");
    service.run();
    client.send_chunk("c");
    service.run();
    CHECK(log == "a.");
    CHECK(client.handler().delivered.size() == 2); // one is not taken: the other is not read
    CHECK(client.handler().is_stalled);
    service.advance(500ms);
    CHECK(log == "a.bc");
    client.end_chunks();
    service.run();
    CHECK(client.handler().acknowledged == 3);
    CHECK(client.handler().ignored == 0);
    CHECK(client.response().is_complete);
  }
}

TEST_CASE("a message that came while its handler chose something else is given to it later (S1)") {
  std::string log;
  router routes;
  routes.web_socket("/ws", [&log](web_socket& socket) -> task {
    [[maybe_unused]] const auto wanted = socket.next();
    co_await socket.delay(1s);
    [[maybe_unused]] const auto again = socket.next(); // not taken: not acknowledged
    co_await socket.delay(1s);
    while (const auto next = co_await socket.next())
      log += next->text();
  });
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/ws");
  client.send_text("a");
  client.send_text("b");
  service.run();
  service.advance(1999ms);
  CHECK(client.handler().delivered.size() == 1);
  CHECK(client.handler().is_stalled);
  service.advance(1ms);
  CHECK(log == "ab");
  CHECK(client.handler().acknowledged == 2);
}

TEST_CASE("a delay goes on where it was whatever its handler waits for in between (S56)") {
  std::string log;
  caf::actor handler;
  auto routes = placed([&](exchange& http) -> task {
    handler = caf::actor{&http.self()};
    inbox<std::string> texts{http};
    const auto limit = http.delay(10s);
    while (const auto chunk = co_await http.content().next())
      log += chunk->text();
    for (auto i = 0; i < 2; ++i)
      log += co_await texts.next();
    co_await first_of(texts.next(), http.delay(1s)); // over at 9 s
    log += '1';
    co_await limit;
    co_await http.respond(status::ok);
  });
  routes.on_stop([&handler] { handler = nullptr; });
  for (const auto* target : placements) {
    CAPTURE(target);
    log.clear();
    simulation service{routes};
    auto& client = service.connect();
    client.begin_request(method::post, target);
    service.advance(3s);
    client.send_chunk("a");
    client.end_chunks();
    service.advance(3s);
    caf::anon_send(handler, std::string{"b"});
    service.advance(2s);
    caf::anon_send(handler, std::string{"c"});
    service.advance(2s - 1ns);
    CHECK(log == "abc1");
    CHECK(client.responses().empty());
    service.advance(1ns);
    CHECK(client.response().is_complete);
  }
}

TEST_CASE("a thousand waits that a handler gave up leave nothing behind wherever it runs (S60)") {
  constexpr std::size_t rounds = 1000;
  std::size_t done = 0;
  const auto routes = placed([&done](exchange& http) -> task {
    const auto self = caf::actor{&http.self()};
    inbox<int> numbers{http};
    co_await http.begin(status::ok);
    while (true) {
      caf::anon_send(self, 1);
      { [[maybe_unused]] const auto dropped = http.send(""); }
      co_await first_of(numbers.next(), http.delay(1h));
      co_await http.delay(1ms);
      ++done;
    }
  });
  for (const auto* target : placements) {
    CAPTURE(target);
    simulation service{routes,
                       {[] {
                          settings patient;
                          patient.handler_deadline = 0s;
                          return patient;
                        }(),
                        0}};
    auto& client = service.connect();
    client.send_request(method::post, target);
    service.advance(1s); // what is kept for good is there
    const auto before = memory_in_use();
    const auto done_before = done;
    service.advance(1s);
    CHECK(done - done_before == rounds);
    CHECK(memory_in_use() <= before + rounds); // less than an octet for each
    client.reset();
    service.run();
    CHECK(service.handlers_alive() == 0);
  }
}

TEST_CASE("a delay that its handler dropped does not end the next one (S56)") {
  auto rounds = 0;
  const auto routes = placed([&rounds](exchange& http) -> task {
    for (; rounds < 3; ++rounds) {
      { [[maybe_unused]] const auto dropped = http.delay(1s); }
      // Two that are over at once, of which one is chosen.
      co_await first_of(http.delay(3s), http.delay(5s), http.delay(3s));
    }
    co_await http.respond(status::ok);
  });
  for (const auto* target : placements) {
    CAPTURE(target);
    rounds = 0;
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(method::post, target);
    for (auto round = 0; round < 3; ++round) {
      service.advance(3s - 1ns);
      CHECK(rounds == round);
      service.advance(1ns);
      CHECK(rounds == round + 1);
    }
    CHECK(client.response().is_complete);
  }
}

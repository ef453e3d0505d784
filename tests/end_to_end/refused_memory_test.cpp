#include "sluice/protocol/memory/block_cache.hpp"
#include "tests/end_to_end/handlers.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/memory_allowance.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/thread_allowance.hpp"

#include <doctest/doctest.h>

#include <new>
#include <string>
#include <string_view>
#include <thread>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Has no memory for "/greedy".
class starved_dispatcher final : public dispatcher {
public:
  explicit starved_dispatcher(const router& routes) : routes_{routes} {}
  dispatch find(request& head, bool asks_for_web_socket) const override {
    if (head.path == "/greedy")
      throw std::bad_alloc{};
    return routes_.find(head, asks_for_web_socket);
  }

private:
  const router& routes_;
};

} // namespace

TEST_CASE("a connection that gets no memory ends alone and counts are settled (S50 S60)") {
  router routes;
  const auto log = std::make_shared<observed<handler_notes>>();
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.post("/never", never_acknowledges(log));
  const starved_dispatcher starved{routes};
  recording_journal journal;
  const time_source time;
  config wishes;
  wishes.port = 0;
  wishes.threads = 1;
  std::string error;
  const auto running = server::start(wishes, starved, journal, time, error);
  REQUIRE(error.empty());
  raw_client other{running->port()};
  other.send("POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(log->wait([](const auto& all) { return all.data == 1; }));

  raw_client greedy{running->port()};
  greedy.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(greedy.receive_response().ends_with("fine"));
  greedy.send("GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(greedy.receive_all().empty());
  CHECK(greedy.was_reset());
  CHECK(journal.outcome_of("/greedy") == "no_memory");

  raw_client next{running->port()};
  next.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(next.receive_response().ends_with("fine"));
  CHECK(running->count().connections_starved == 1);
  CHECK(running->count().connections_open == 2);
  CHECK(running->count().handlers_running == 1);
  CHECK(log->get().cancelled.empty());
}

TEST_CASE("memory that the application's code could not get is its failure and no reset (S50)") {
  router routes;
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.get("/function", [](const request&) -> response { throw std::bad_alloc{}; });
  routes.get("/guarded", [](const request&) { return text("fine"); })
    .guard([](const request&) -> std::optional<response> { throw std::bad_alloc{}; });
  routes.get("/coroutine", [](exchange&) -> task {
    throw std::bad_alloc{};
    co_return;
  });
  routes.web_socket("/message", [](const request&, const message&) -> std::optional<message> {
    throw std::bad_alloc{};
  });
  routes.web_socket("/socket", [](web_socket& socket) -> task {
    co_await socket.next();
    throw std::bad_alloc{};
  });
  test_server server{routes};
  for (const auto* path : {"/function", "/guarded", "/coroutine"}) {
    CAPTURE(path);
    raw_client client{server.port()};
    client.send("GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 500 "));
    client.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("fine"));
  }
  for (const auto* path : {"/message", "/socket"}) {
    CAPTURE(path);
    raw_client client{server.port()};
    client.send(handshake(path));
    client.receive_until("\r\n\r\n");
    client.send(client_frame(0x81, "hello"));
    CHECK(client.receive(4) == std::string_view{"\x88\x14\x03\xf3", 4}); // 1011
  }
  CHECK(server.running->count().connections_starved == 0);
  CHECK(server.log.reports.get().size() == 5);
}

namespace {

/// Takes all memory from the loop whose connection has just ended, and the blocks that it keeps.
class starving_journal final : public journal {
public:
  void access(const access_record& record) override {
    if (record.target != "/held")
      return;
    starve_this_thread();
    for (std::size_t size = 64; size <= internal::block_cache::largest; size += 64)
      try {
        for (;;)
          [[maybe_unused]] const auto* lost = internal::block_cache::take(size);
      } catch (const std::bad_alloc&) {}
    has_starved.update([](bool& has) { has = true; });
  }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  observed<bool> has_starved;
};

} // namespace

TEST_CASE("a handler is cancelled once there is memory to tell it, and its end counts (S44 S60)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.post("/held", never_acknowledges(log)).detached();
  starving_journal journal;
  const time_source time;
  config wishes;
  wishes.port = 0;
  wishes.threads = 1;
  std::string error;
  const auto running = server::start(wishes, routes, journal, time, error);
  REQUIRE(error.empty());
  const auto count = [&] { return running->count(); };
  raw_client client{running->port()};
  client.send("POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.reset();
  REQUIRE(journal.has_starved.wait([](bool has) { return has; }));
  const raw_client late{running->port()};
  while (count().accepts_failed == 0) // after the turn in which the handler was to be told
    std::this_thread::yield();
  CHECK(count().handlers_running == 1);
  CHECK(count().handlers_cancelled == 0);
  CHECK(log->get().cancelled.empty());
  end_famine();
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  raw_client next{running->port()};
  next.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(next.receive_response().ends_with("fine"));
  next.close();
  CHECK(running->stop(std::chrono::seconds{5}).is_clean());
  CHECK(count().handlers_cancelled == 1);
  CHECK(count().handlers_running == 0);
}

TEST_CASE("a handler that gets no thread is refused alone (S5 S57)") {
  router routes;
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.get("/own", [](exchange& http) -> task { co_await http.respond(status::ok, "mine"); })
    .detached();
  routes.web_socket("/ws", [](web_socket& socket) -> task { co_await socket.send_text("hi"); })
    .detached();
  test_server server{routes};
  raw_client client{server.port()};
  {
    const thread_allowance none{0};
    client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto refusal = client.receive_response();
    CHECK(refusal.starts_with("HTTP/1.1 503 "));
    CHECK(refusal.find("Retry-After: 1\r\n") != std::string::npos);
    client.send(handshake("/ws"));
    CHECK(client.receive_response().starts_with("HTTP/1.1 503 "));
    client.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("fine"));
    CHECK(server.running->count().handlers_running == 0);
  }
  client.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("mine"));
  client.send(handshake("/ws"));
  CHECK(client.receive_until("hi").starts_with("HTTP/1.1 101 "));
  CHECK(server.log.reports.get().size() == 2);
  client.close();
  CHECK(server.running->stop(std::chrono::seconds{1}).is_clean());
}

TEST_CASE("with too few threads a server does not start and says so and leaves nothing (S60)") {
  auto starts = 0;
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.on_start([&starts](caf::actor_system&) { ++starts; });
  std::size_t granted = 0;
  for (;; ++granted) {
    CAPTURE(granted);
    REQUIRE(granted < 20);
    const thread_allowance some{granted};
    recording_journal journal;
    const time_source time;
    config wishes;
    wishes.port = 0;
    wishes.threads = 2;
    wishes.pool_threads = 2;
    std::string error;
    if (const auto running = server::start(wishes, routes, journal, time, error)) {
      raw_client client{running->port()};
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(client.receive_response().ends_with("fine"));
      break;
    }
    CHECK(error.find("thread") != std::string::npos);
    CHECK(starts == 0); // nothing of the application is to be ended again
  }
  CHECK(granted >= 5); // two loops, the pool's two, a clock: each was missing once
  CHECK(starts == 1);
}

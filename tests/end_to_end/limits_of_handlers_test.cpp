// Handlers of dead connections, former ones, and what they ask for.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// As small as the kernel allows.
constexpr auto smallest_buffer = 4096;
constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("handlers of connections that are gone count against the limit (S57 S61)") {
  constexpr auto most = 4;
  std::latch may_end{1};
  std::atomic<int> at_work{0};
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  const auto work = [&](caf::event_based_actor* self, const request&,
                        const caf::actor&) -> caf::behavior {
    return {[&](const chunk&) {
              ++at_work;
              may_end.wait();
            },
            [self](const cancelled&) { self->quit(); }};
  };
  routes.post("/work", behavior_handler{work, true}).pooled();
  test_server server{routes, [](config& c) {
                       c.max_connections = most;
                       c.threads = 1;
                       c.pool_threads = most;
                       c.limits.cancel_grace = 60s;
                     }};
  const auto count = [&] { return server.running->count(); };
  for (auto i = 1; i <= most; ++i) {
    raw_client client{server.port()};
    client.send("POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
                + std::string(50'000, 'x'));
    CHECK(comes_true([&] { return at_work == i; }));
    client.reset();
    CHECK(comes_true([&] { return count().connections_open == 0; }));
  }
  raw_client next{server.port()};
  next.send(plain_get);
  server.settle();
  CHECK_FALSE(next.is_readable());
  CHECK(count().connections_accepted == most);
  CHECK(count().handlers_running == most);
  may_end.count_down();
  CHECK(next.receive_response().ends_with("fine"));
  CHECK(comes_true([&] { return count().handlers_running == 0; }));
}

TEST_CASE("detached handlers past their limit are refused until one has ended (S57)") {
  std::latch may_end{1};
  router routes;
  routes
    .get("/own",
         [&](exchange& http) {
           return [](exchange& ex, std::latch& waits_for) -> task {
             waits_for.wait();
             co_await ex.respond(status::ok, "mine");
           }(http, may_end);
         })
    .detached();
  routes
    .web_socket("/ws",
                [](web_socket& socket) -> task {
                  while (co_await socket.next()) {}
                })
    .detached();
  test_server server{routes, [](config& c) {
                       c.threads = 2;
                       c.detached_threads = 3;
                     }};
  const auto count = [&] { return server.running->count(); };
  // On several connections, and so on both loops.
  std::vector<std::unique_ptr<raw_client>> clients;
  for (auto i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.port()));
    clients.back()->send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  CHECK(comes_true([&] { return count().handlers_detached == 3; }));
  raw_client other{server.port()};
  other.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto refusal = other.receive_response();
  CHECK(refusal.starts_with("HTTP/1.1 503 "));
  CHECK(refusal.find("Retry-After: 1\r\n") != std::string::npos);
  other.send(handshake("/ws"));
  const auto no_upgrade = other.receive_response();
  CHECK(no_upgrade.starts_with("HTTP/1.1 503 "));
  CHECK(no_upgrade.find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(count().detached_refused == 2);
  CHECK(count().handlers_detached == 3);

  may_end.count_down();
  for (auto& client : clients)
    CHECK(client->receive_response().ends_with("mine"));
  // Their ends follow their answers.
  CHECK(comes_true([&] { return count().handlers_detached == 0; }));
  other.send(handshake("/ws"));
  CHECK(other.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  CHECK(count().handlers_detached == 1);
  other.reset();
  CHECK(comes_true([&] { return count().handlers_detached == 0; }));
}

TEST_CASE("a Close is not dropped because output is full (S34 S35)") {
  observed<bool> is_full;
  std::atomic<bool> may_end{false};
  router routes;
  routes.web_socket("/", [&](web_socket& socket) {
    return [](web_socket& s, observed<bool>& told, std::atomic<bool>& waits_for) -> task {
      std::vector<pending_answer> answers;
      answers.push_back(s.send_binary(octets{std::string(1'000'000, 'x')}));
      for (auto i = 0; i < 100; ++i)
        answers.push_back(s.send_binary(octets{std::string(10'000, 'x')}));
      while (!answers.back().await_ready()) // it is refused
        co_await s.delay(1ms);
      told.update([](bool& value) { value = true; });
      while (!waits_for)
        co_await s.delay(1ms);
      // Its end closes with 1000.
    }(socket, is_full, may_end);
  });
  test_server server{routes, [](config& c) { c.limits.send_buffer = 16 * 1024; }};
  raw_client client{server.port(), 0, smallest_buffer};
  client.send(handshake("/"));
  REQUIRE(is_full.wait([](bool value) { return value; }));
  std::string pings;
  for (auto i = 0; i < 1500; ++i)
    pings += client_frame(0x89, std::string(125, 'p'));
  client.send(pings);
  server.settle(); // it has answered as many as it may
  may_end = true;
  CHECK(comes_true([&] { return server.running->count().handlers_running == 0; }));
  constexpr std::string_view close{"\x88\x02\x03\xe8", 4};
  const auto all = client.receive_until(close);
  CHECK(all.ends_with(close));
  CHECK(all.size() > 1'000'000);
  client.send(client_frame(0x88, close.substr(2)));
  CHECK(client.receive_all().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("16 handlers may work on after their answers and the next request waits (S61)") {
  constexpr auto most = 16;
  std::atomic<bool> may_end{false};
  router routes;
  routes.get("/job", [&](exchange& http) {
    return [](exchange& h, std::atomic<bool>& waits_for) -> task {
      co_await h.respond(status::accepted, "begun");
      while (!waits_for)
        co_await h.delay(1ms);
    }(http, may_end);
  });
  test_server server{routes};
  const auto count = [&] { return server.running->count(); };
  raw_client client{server.port()};
  std::string many;
  for (auto i = 0; i < most + 2; ++i)
    many += "GET /job HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(many);
  for (auto i = 0; i < most; ++i)
    CHECK(client.receive_response().ends_with("begun"));
  server.settle();
  CHECK_FALSE(client.is_readable());
  CHECK(count().handlers_running == most);
  SUBCASE("until they end") {
    may_end = true;
    for (auto i = 0; i < 2; ++i)
      CHECK(client.receive_response().ends_with("begun"));
    CHECK(comes_true([&] { return count().handlers_running == 0; }));
    CHECK(count().handlers_cancelled == 0);
  }
  SUBCASE("until its client goes") {
    client.reset();
    CHECK(comes_true([&] { return count().connections_open == 0; }));
    const auto report = server.running->stop(100ms);
    CHECK(report.handlers_cancelled == most); // force was needed
    CHECK_FALSE(report.is_clean());
    CHECK(report.handlers_left == 0);
  }
}

TEST_CASE("a truncated request behind a large response cancels its handler now (S40)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/big", [](const request&) { return text(std::string(1'000'000, 'x')); });
  routes.post("/sink", never_acknowledges(log));
  test_server server{routes, [](config& c) { c.limits.send_buffer = 16 * 1024; }};
  raw_client client{server.port(), 0, smallest_buffer};
  client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(comes_true([&] { return server.running->count().requests == 1; }));
  server.settle(); // as much has left as may
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
              + std::string(100, 'y'));
  client.shutdown_write();
  server.settle();
  CHECK(client.receive_all().starts_with("HTTP/1.1 200 "));
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(log->get().cancelled == std::vector{cancel_reason::peer_closed});
}

TEST_CASE(
  "a half-close seen while content is stalled still cancels once the request is whole (S41)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/", [log](exchange& http) {
    return [](exchange& h, shared_log note) -> task {
      const tombstone stone{note};
      while (auto piece = co_await h.content().next()) {
        note->update([](auto& all) { ++all.data; });
        co_await h.delay(20ms);
      }
      note->update([](auto& all) { ++all.ends; });
      co_await h.delay(1h);
    }(http, log);
  });
  test_server server{routes, [](config& c) { c.limits.on_half_close = half_close::cancel; }};
  raw_client client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
              + std::string(200'000, 'x'));
  client.shutdown_write();
  REQUIRE(log->wait([](const auto& all) { return all.ends == 1 || all.destroyed; }));
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
}

TEST_CASE("the demand for content is not lost in a full queue (S2 S48)") {
  observed<int> got;
  observed<caf::actor> floods;
  std::latch is_blocked{1};
  std::latch may_go_on{1};
  router routes;
  routes.get("/block", [&](const request&) {
    is_blocked.count_down();
    may_go_on.wait();
    return text("x");
  });
  routes
    .post("/flood",
          [&](exchange& http) {
            return [](exchange& h, observed<int>& size, observed<caf::actor>& who,
                      std::latch& waits_for) -> task {
              co_await h.begin(status::ok);
              who.update([&](caf::actor& self) { self = caf::actor{&h.self()}; });
              waits_for.wait();
              for (auto i = 0; i < 400; ++i)
                (void)h.send("x");
              auto piece = co_await h.content().next();
              size.update([&](auto& v) { v = piece ? static_cast<int>(piece->size()) : -1; });
            }(http, got, floods, is_blocked);
          })
    .detached();
  test_server server{routes, [](config& c) { c.threads = 1; }};
  raw_client client{server.port()};
  client.send("POST /flood HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  client.receive_until("\r\n\r\n");
  REQUIRE(floods.wait([](const caf::actor& self) { return self != nullptr; }));
  raw_client other{server.port()};
  other.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  {
    // It answers that it does not know this, once it waits for the content.
    auto flood = floods.get();
    caf::scoped_actor asks{flood.home_system()};
    asks->request(flood, caf::infinite, std::string{"do you wait?"})
      .receive([] {}, [](const caf::error&) {});
  }
  floods.update([](caf::actor& self) { self = nullptr; });
  CHECK(got.get() == 0);
  may_go_on.count_down();
  CHECK(got.wait([](auto v) { return v != 0; }));
  CHECK(got.get() == 3);
  CHECK(other.receive_response().ends_with("x"));
}

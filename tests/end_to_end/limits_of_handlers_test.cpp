// Handlers of dead connections, former ones, and what they ask for.

#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// As small as the kernel allows.
constexpr auto smallest_buffer = 4096;

} // namespace

TEST_CASE("handlers of connections that are gone count against the limit (S57 S61)") {
  std::atomic<bool> release{false};
  router routes;
  routes
    .post("/work", behavior_handler{[&release](caf::event_based_actor* self, const request&,
                                               const caf::actor&) -> caf::behavior {
                                      return {[&release, self](const chunk&) {
                                                while (!release)
                                                  std::this_thread::sleep_for(1ms);
                                                (void)self;
                                              },
                                              [self](const cancelled&) { self->quit(); }};
                                    },
                                    true})
    .pooled();
  test_server server{routes, [](config& c) {
                       c.max_connections = 4;
                       c.threads = 1;
                       c.pool_threads = 2;
                       c.limits.cancel_grace = 60s;
                     }};
  for (auto i = 0; i < 200; ++i) {
    raw_client client{server.port()};
    client.send("POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
                + std::string(50000, 'x'));
    std::this_thread::sleep_for(2ms);
    client.reset();
  }
  std::this_thread::sleep_for(300ms);
  CHECK(server.running->count().handlers_running.load() <= 4);
  release = true;
}

TEST_CASE("detached handlers past their limit are refused until one has ended (S57)") {
  std::atomic<int> running{0};
  std::atomic<bool> release{false};
  router routes;
  routes
    .get("/own",
         [&](exchange& http) {
           return [](exchange& ex, std::atomic<int>& at_work, std::atomic<bool>& may_go) -> task {
             ++at_work;
             while (!may_go)
               std::this_thread::sleep_for(1ms);
             --at_work;
             co_await ex.respond(status::ok, "mine");
           }(http, running, release);
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
  const auto& count = server.running->count();
  // On several connections, and so on both loops.
  std::vector<std::unique_ptr<raw_client>> clients;
  for (auto i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<raw_client>(server.port()));
    clients.back()->send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  while (running.load() < 3)
    std::this_thread::sleep_for(1ms);
  CHECK(count.handlers_detached.load() == 3);
  raw_client other{server.port()};
  other.send("GET /own HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto refusal = other.receive_response();
  CHECK(refusal.starts_with("HTTP/1.1 503 "));
  CHECK(refusal.find("Retry-After: 1\r\n") != std::string::npos);
  other.send(handshake("/ws"));
  const auto no_upgrade = other.receive_response();
  CHECK(no_upgrade.starts_with("HTTP/1.1 503 "));
  CHECK(no_upgrade.find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(count.detached_refused.load() == 2);
  CHECK(count.handlers_detached.load() == 3);
  CHECK(server.log.reports.get().front().find("--detached-threads") != std::string::npos);

  release = true;
  for (auto& client : clients)
    CHECK(client->receive_response().ends_with("mine"));
  // Their ends follow their answers.
  while (count.handlers_detached.load() > 0)
    std::this_thread::sleep_for(1ms);
  other.send(handshake("/ws"));
  CHECK(other.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  CHECK(count.handlers_detached.load() == 1);
  other.reset();
  while (count.handlers_detached.load() > 0)
    std::this_thread::sleep_for(1ms);
}

TEST_CASE("a Close is not dropped because output is full (S34 S35)") {
  const auto log = std::make_shared<observed<handler_log>>();
  router routes;
  routes.web_socket("/", [log](web_socket& socket) {
    return [](web_socket& s, shared_log note) -> task {
      const octets big{std::string(1'000'000, 'x')};
      for (auto i = 0; i < 20; ++i) {
        auto ticket = s.send_binary(big);
        co_await s.delay(30ms);
        if (!ticket.await_ready())
          break;
      }
      note->update([](auto& all) { all.data = 1; });
      co_await s.delay(1500ms);
      note->update([](auto& all) { all.ends = 1; });
      // Its end closes with 1000.
    }(socket, log);
  });
  test_server server{routes, [](config& c) { c.limits.send_buffer = 16 * 1024; }};
  raw_client client{server.port(), 0, smallest_buffer};
  client.send(handshake("/"));
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  std::string pings;
  for (auto i = 0; i < 1500; ++i)
    pings += client_frame(0x89, std::string(125, 'p'));
  client.send(pings);
  REQUIRE(log->wait([](const auto& all) { return all.ends == 1; }));
  std::this_thread::sleep_for(200ms);
  const auto all = client.receive_all();
  CHECK_FALSE(client.was_reset());
  CHECK(all.ends_with(std::string_view{"\x88\x02\x03\xe8", 4}));
}

TEST_CASE("handlers that work on after their answer are bounded (S61)") {
  router routes;
  routes.get("/job", [](exchange& http) -> task {
    co_await http.respond(status::accepted, "begun");
    co_await http.delay(1h);
  });
  test_server server{routes};
  raw_client client{server.port()};
  std::string many;
  for (auto i = 0; i < 5000; ++i)
    many += "GET /job HTTP/1.1\r\nHost: a\r\n\r\n";
  std::thread sender{[&] { client.send(many); }};
  for (auto i = 0; i < 5000 && client.is_readable(500); ++i)
    client.receive_response();
  sender.join();
  CHECK(server.running->count().handlers_running.load() < 1000);
  client.close();
  const auto report = server.running->stop(100ms);
  CHECK_FALSE(report.is_clean()); // force was needed
}

TEST_CASE("a truncated request behind a large response cancels its handler now (S40)") {
  const auto log = std::make_shared<observed<handler_log>>();
  router routes;
  routes.get("/big", [](const request&) { return text(std::string(1'000'000, 'x')); });
  routes.post("/sink", never_acknowledges(log));
  test_server server{routes, [](config& c) { c.limits.send_buffer = 16 * 1024; }};
  raw_client client{server.port(), 0, smallest_buffer};
  client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(300ms);
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
              + std::string(100, 'y'));
  client.shutdown_write();
  std::this_thread::sleep_for(300ms);
  std::thread reader{[&] { client.receive_all(); }};
  const auto told = log->wait([](const auto& all) { return all.destroyed; });
  CHECK(told);
  server.running->stop(100ms);
  reader.join();
}

TEST_CASE(
  "a half-close seen while content is stalled still cancels once the request is whole (S41)") {
  const auto log = std::make_shared<observed<handler_log>>();
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
  const auto got = std::make_shared<observed<int>>();
  std::atomic<bool> blocked{false};
  router routes;
  routes.get("/block", [&](const request&) {
    blocked = true;
    std::this_thread::sleep_for(700ms);
    return text("x");
  });
  routes
    .post("/flood",
          [&, got](exchange& http) {
            return [](exchange& h, auto s, std::atomic<bool>& b) -> task {
              co_await h.begin(status::ok);
              while (!b)
                std::this_thread::sleep_for(1ms);
              for (auto i = 0; i < 400; ++i)
                (void)h.send("x");
              auto piece = co_await h.content().next();
              s->update([&](auto& v) { v = piece ? static_cast<int>(piece->size()) : -1; });
            }(http, got, blocked);
          })
    .detached();
  test_server server{routes, [](config& c) { c.threads = 1; }};
  raw_client client{server.port()};
  client.send("POST /flood HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  client.receive_until("\r\n\r\n");
  raw_client other{server.port()};
  other.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(got->wait([](auto v) { return v != 0; }));
  CHECK(got->get() == 3);
}

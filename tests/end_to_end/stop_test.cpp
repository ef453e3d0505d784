#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include <dirent.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

int open_descriptors() {
  auto count = 0;
  auto* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr)
    ++count;
  ::closedir(folder);
  return count;
}

} // namespace

TEST_CASE("a stop with every kind of connection open leaves nothing behind (S59 S60)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  const auto before = open_descriptors();
  {
    router routes;
    routes.get("/", [](const request&) { return text("fine"); });
    routes.post("/sink", never_acknowledges(log));
    routes.web_socket("/socket", never_acknowledges(log));
    routes.get("/flood", [](exchange& http) -> task {
      const std::string piece(65536, 'x');
      co_await http.begin(status::ok);
      for (auto i = 0; i < 1600; ++i)
        co_await http.send(piece);
    });
    test_server server{routes};
    raw_client idle{server.port()};
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.receive_response();
    raw_client stalled{server.port()};
    stalled.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    raw_client silent{server.port()};
    silent.send(handshake("/socket"));
    silent.receive_until("\r\n\r\n");
    raw_client deaf{server.port()};
    deaf.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(deaf.is_readable(5000));
    REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));

    const auto report = server.running->stop(std::chrono::milliseconds{300});
    CHECK(report.connections_dropped == 3); // all but the idle one
    CHECK(report.handlers_left == 0);
    CHECK(server.running->count().connections_open == 0);
    CHECK(server.running->count().connection_actors == 0);
    CHECK(server.running->count().handlers_running == 0);
    CHECK(silent.receive(4) == std::string_view{"\x88\x18\x03\xe9", 4}); // 1001
    CHECK(idle.receive_all().empty());
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a stop lets the current request finish and closes its connection (S59)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/slow", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      note->update([](auto& all) { ++all.data; });
      co_await peer.delay(std::chrono::milliseconds{100});
      co_await peer.respond(status::ok, "done");
    }(http, log);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  std::thread stop{[&server] { CHECK(server.running->stop(std::chrono::seconds{10}).is_clean()); }};
  const auto answer = client.receive_response();
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\ndone"));
  client.close(); // until then the stop waits
  stop.join();
}

TEST_CASE("past the connection limit a client waits and is served once another goes (S57)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  // Time stands still: no timer looks again.
  test_server server{routes,
                     [](config& wishes) {
                       wishes.threads = 1;
                       wishes.max_connections = 1;
                     },
                     true};
  raw_client first{server.port()};
  first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(first.receive_response().ends_with("fine"));
  raw_client second{server.port()};
  second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  server.settle();
  CHECK_FALSE(second.is_readable());
  first.close();
  CHECK(second.receive_response().ends_with("fine"));
}

TEST_CASE("a port that is taken and an address that is none are start-up errors") {
  router routes;
  test_server server{routes};
  recording_journal log;
  const time_source time;
  config wishes;
  wishes.port = server.port();
  std::string error;
  CHECK_FALSE(server::start(wishes, routes, log, time, error));
  CHECK(error
        == "can't listen on 127.0.0.1 port " + std::to_string(server.port())
             + ": Address already in use");
  wishes.address = "nowhere";
  CHECK_FALSE(server::start(wishes, routes, log, time, error));
  CHECK(error == "'nowhere' is no IPv4 or IPv6 address");
}

TEST_CASE("work that a handler goes on with after its answer is finished or cancelled (S60)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/{ms}", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      const std::chrono::milliseconds length{std::stoi(std::string{peer.param("ms")})};
      co_await peer.respond(status::accepted, "begun");
      co_await peer.delay(length);
      note->update([](auto& all) { ++all.ends; });
    }(http, log);
  });
  test_server server{routes};
  {
    raw_client client{server.port()};
    client.send("GET /50 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("begun"));
  }
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(log->get().ends == 1);

  raw_client client{server.port()};
  client.send("GET /3600000 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("begun"));
  client.close();
  log->update([](auto& all) { all.destroyed = false; });
  const auto report = server.running->stop(std::chrono::milliseconds{100});
  CHECK(report.handlers_left == 0);
  CHECK(log->get().destroyed);
  CHECK(log->get().ends == 1);
}

TEST_CASE("a stop ends although somebody holds an actor of the application (S59 S60)") {
  caf::actor room; // of which nobody lets go
  router routes;
  routes.get("/", [&room](exchange& http) {
    return [](exchange& peer, caf::actor& found) -> task {
      found = peer.self().system().spawn(
        [](caf::event_based_actor* self, int) -> caf::behavior {
          return {[self](int) { self->quit(); }};
        },
        0); // an argument: without one CAF 0.17.6 binds a null reference
      co_await peer.respond(status::ok, "spawned");
    }(http, room);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("spawned"));
  SUBCASE("it lives on") {
    const auto report = server.running->stop(std::chrono::seconds{1});
    CHECK(report.actors_left == 1);
    CHECK_FALSE(report.is_clean());
  }
  SUBCASE("it ends in time") {
    caf::anon_send(room, 1);
    room = nullptr;
    CHECK(server.running->stop(std::chrono::seconds{1}).is_clean());
  }
}

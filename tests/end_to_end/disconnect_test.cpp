#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_cast.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>

#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// How a client goes.
enum class departure { reset, close };

void leave(raw_client& client, departure how) {
  if (how == departure::reset)
    client.reset();
  else
    client.close();
}

cancel_reason reason_of(departure how) {
  return how == departure::reset ? cancel_reason::peer_reset : cancel_reason::peer_closed;
}

/// The handler is told once, at once, and gets nothing after it.
void check_cancelled(observed<handler_notes>& log, cancel_reason reason) {
  CHECK(log.wait([](const auto& all) { return all.destroyed; }));
  const auto seen = log.get();
  REQUIRE(seen.cancelled.size() == 1);
  CHECK(seen.cancelled.front() == reason);
  CHECK(seen.data == 1);
  CHECK(seen.ends == 0);
}

} // namespace

TEST_CASE("a client that goes in the middle of content cancels a handler that holds a chunk (S39 "
          "S40 S44)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/sink", never_acknowledges(log));
  test_server server{routes};
  raw_client client{server.port()};
  auto how = departure::reset;
  std::string head = "POST /sink HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n";
  SUBCASE("reset with Content-Length") {}
  SUBCASE("close with Content-Length") {
    how = departure::close;
  }
  SUBCASE("reset chunked") {
    head = "POST /sink HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nF0000\r\n";
  }
  SUBCASE("close chunked") {
    how = departure::close;
    head = "POST /sink HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nF0000\r\n";
  }
  client.send(head + std::string(1000, 'x'));
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  client.send(std::string(100'000, 'y')); // waits in the kernel
  leave(client, how);
  check_cancelled(*log, reason_of(how));
}

TEST_CASE("a WebSocket client that goes cancels a handler that holds a message (S37 S39)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/sink", never_acknowledges(log));
  test_server server{routes};
  raw_client client{server.port()};
  client.send(handshake("/sink"));
  client.receive_until("\r\n\r\n");
  client.send(client_frame(0x81, "first"));
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  auto how = departure::reset;
  SUBCASE("reset") {}
  SUBCASE("close") {
    how = departure::close;
  }
  SUBCASE("close with messages waiting") {
    how = departure::close;
    client.send(client_frame(0x81, "second") + client_frame(0x82, std::string(100'000, 'z')));
  }
  leave(client, how);
  check_cancelled(*log, reason_of(how));
}

TEST_CASE("a coroutine is destroyed where it waits when its client resets (S44)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/delay", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      while (auto piece = co_await peer.content().next()) {
        note->update([](auto& all) { ++all.data; });
        co_await peer.delay(std::chrono::hours{1});
      }
    }(http, log);
  });
  routes.post("/next", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      while (auto piece = co_await peer.content().next())
        note->update([](auto& all) { ++all.data; });
    }(http, log);
  });
  test_server server{routes};
  std::string target = "/delay";
  SUBCASE("in a delay") {}
  SUBCASE("in next") {
    target = "/next";
  }
  raw_client client{server.port()};
  client.send("POST " + target + " HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nabc");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  CHECK_FALSE(log->get().destroyed);
  client.reset();
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(server.log.outcome_of(target) == "peer_reset");
}

TEST_CASE("a request that is whole before its client shuts down its side is answered (S41)") {
  router routes;
  routes.post("/late", [](exchange& http) -> task {
    std::size_t total = 0;
    while (auto piece = co_await http.content().next()) {
      total += piece->size();
      co_await http.delay(std::chrono::milliseconds{30});
    }
    co_await http.respond(status::ok, std::to_string(total));
  });
  test_server server{routes};
  raw_client client{server.port()};
  std::string request;
  SUBCASE("Content-Length") {
    request = "POST /late HTTP/1.1\r\nHost: test\r\nContent-Length: 200000\r\n\r\n"
              + std::string(200'000, 'x');
  }
  SUBCASE("chunked") {
    request = "POST /late HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n30D40\r\n"
              + std::string(200'000, 'x') + "\r\n0\r\n\r\n";
  }
  client.send(request);
  client.shutdown_write();
  CHECK(client.receive_response().ends_with("\r\n\r\n200000"));
}

TEST_CASE("a WebSocket stream that ends without Close cancels a handler that waits (S37)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/", [log](web_socket& socket) {
    return [](web_socket& peer, shared_log note) -> task {
      const tombstone stone{note};
      while (auto next = co_await peer.next()) {}
      note->update([](auto& all) { ++all.ends; });
    }(socket, log);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(handshake("/"));
  client.receive_until("\r\n\r\n");
  SUBCASE("without Close") {
    client.close();
    CHECK(log->wait([](const auto& all) { return all.destroyed; }));
    CHECK(log->get().ends == 0);
    CHECK(server.log.outcome_of("/") == "peer_closed");
  }
  SUBCASE("with Close") {
    client.send(client_frame(0x88, std::string_view{"\x03\xe8", 2}));
    CHECK(client.receive_all() == std::string_view{"\x88\x02\x03\xe8", 4});
    CHECK(log->wait([](const auto& all) { return all.destroyed; }));
    CHECK(log->get().ends == 1);
    client.close();
    CHECK(server.log.outcome_of("/") == "complete");
  }
}

TEST_CASE("nothing is left of a cancelled handler that waits for a long delay (S45 S60)") {
  const auto self = std::make_shared<observed<caf::weak_actor_ptr>>();
  const auto wait_long = [self](exchange& http) {
    return [](exchange& peer, auto note) -> task {
      note->update([&](auto& it) { it = caf::actor_cast<caf::weak_actor_ptr>(&peer.self()); });
      co_await peer.delay(std::chrono::hours{1});
    }(http, self);
  };
  router routes;
  routes.get("/loop", wait_long);
  routes.get("/pool", wait_long).pooled();
  routes.get("/own", wait_long).detached();
  test_server server{routes};
  for (const auto* target : {"/loop", "/pool", "/own"}) {
    CAPTURE(target);
    raw_client client{server.port()};
    client.send("GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(self->wait([](const auto& it) { return static_cast<bool>(it); }));
    client.reset();
    CHECK(comes_true([&] { return !self->get().lock(); })); // actors end on their own threads
    self->update([](auto& it) { it = nullptr; });
  }
}

TEST_CASE("messages before a Close are delivered although the stream ends behind it (S38)") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.web_socket("/", [log](web_socket& socket) {
    return [](web_socket& peer, shared_log note) -> task {
      while (auto next = co_await peer.next()) {
        note->update([](auto& all) { ++all.data; });
        co_await peer.delay(std::chrono::milliseconds{20});
      }
      note->update([](auto& all) { ++all.ends; });
    }(socket, log);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(handshake("/") + client_frame(0x81, "one") + client_frame(0x81, "two")
              + client_frame(0x88, std::string_view{"\x03\xe8", 2}));
  client.shutdown_write();
  CHECK(log->wait([](const auto& all) { return all.ends == 1; }));
  CHECK(log->get().data == 2);
  CHECK(client.receive_all().ends_with(std::string_view{"\x88\x02\x03\xe8", 4}));
}

TEST_CASE("a client that ends an idle connection hears nothing more and is logged once") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes};
  raw_client client{server.port()};
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::size_t lines = 1;
  SUBCASE("between requests") {
    client.send(head);
    client.shutdown_write();
    CHECK(client.receive_all().ends_with("\r\n\r\nfine"));
  }
  SUBCASE("in the middle of a head") {
    client.send(head + "GET /se");
    CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
    client.shutdown_write();
    CHECK(client.receive_all().starts_with("HTTP/1.1 400 "));
    lines = 2;
  }
  server.running->stop(std::chrono::seconds{10});
  const auto seen = server.log.lines.get();
  REQUIRE(seen.size() == lines);
  CHECK(seen.front().status == 200);
  CHECK(seen.back().target == (lines == 1 ? "/" : ""));
}

TEST_CASE("a client of a Unix socket that closes cancels the handler of a whole request (S39)") {
  // A half-close says the same of its requests but not of itself.
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/poll", [log](exchange& http) {
    return [](exchange& ask, shared_log note) -> task {
      const tombstone stone{note};
      note->update([](auto& all) { all.data = 1; });
      co_await ask.delay(std::chrono::hours{1});
    }(http, log);
  });
  const auto path = std::filesystem::temp_directory_path()
                    / ("sluice-disconnect-" + std::to_string(::getpid()) + ".sock");
  test_server server{routes, [&](config& how) { how.unix_path = path; }};
  raw_client client{path.string()};
  client.send("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(log->wait([](const auto& all) { return all.data == 1; }));
  SUBCASE("it closes") {
    client.close();
    CHECK(log->wait([](const auto& all) { return all.destroyed; }));
    CHECK(server.log.outcome_of("/poll") == "peer_closed");
  }
  SUBCASE("it shuts down its side: it waits for the answer (S41)") {
    client.shutdown_write();
    server.settle();
    CHECK_FALSE(client.is_readable());
    CHECK_FALSE(log->get().destroyed);
  }
}

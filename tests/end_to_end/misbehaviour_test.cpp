#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <atomic>

using namespace sluice;
using namespace sluice::testing;

namespace {

task throws(exchange& http) {
  co_await http.delay(std::chrono::milliseconds{1});
  throw std::runtime_error{"on purpose"};
}

task ends(exchange&) {
  co_return;
}

task stops_half_way(exchange& http) {
  co_await http.begin(status::ok, {}, 10);
  co_await http.send("12345");
}

task answers_twice(exchange& http, std::shared_ptr<observed<std::string>> fault) {
  co_await http.respond(status::ok, "once");
  std::string what;
  try {
    co_await http.respond(status::ok, "again");
  } catch (const handler_fault& refused) {
    what = refused.what();
  }
  fault->update([&](auto& text) { text = what; });
}

task sends_after_the_end(exchange& http, std::shared_ptr<observed<std::string>> fault) {
  co_await http.begin(status::ok);
  co_await http.send("all");
  co_await http.finish();
  std::string what;
  try {
    co_await http.send("more");
  } catch (const handler_fault& refused) {
    what = refused.what();
  }
  fault->update([&](auto& text) { text = what; });
}

const std::string get_ok = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a handler that fails is answered for and the server goes on (S5)") {
  router routes;
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.get("/throws", throws);
  routes.get("/function",
             [](const request&) -> response { throw std::runtime_error{"on purpose"}; });
  routes.get("/ends", ends);
  test_server server{routes};
  raw_client client{server.port()};
  for (const auto* target : {"/throws", "/function", "/ends"}) {
    CAPTURE(target);
    client.send("GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n" + get_ok);
    CHECK(client.receive_response().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  }
}

TEST_CASE("a response that a handler leaves unfinished is never taken for whole (S5 S25 S50)") {
  router routes;
  routes.get("/half", stops_half_way);
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");
  client.receive_all();
  CHECK(client.was_reset());
}

TEST_CASE("a second answer is refused to the handler") {
  const auto fault = std::make_shared<observed<std::string>>();
  router routes;
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.get("/twice", [fault](exchange& http) { return answers_twice(http, fault); });
  routes.get("/after", [fault](exchange& http) { return sends_after_the_end(http, fault); });
  test_server server{routes};
  raw_client client{server.port()};
  SUBCASE("a second whole response") {
    client.send("GET /twice HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("\r\n\r\nonce"));
  }
  SUBCASE("content after the end") {
    client.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_until("0\r\n\r\n").ends_with("\r\n\r\n3\r\nall\r\n0\r\n\r\n"));
  }
  CHECK(fault->wait([](const auto& text) { return !text.empty(); }));
  client.send(get_ok);
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
}

TEST_CASE("a handler that sends without waiting is refused at the cap (S48)") {
  const auto fault = std::make_shared<observed<std::string>>();
  router routes;
  routes.get("/flood", [fault](exchange& http) {
    return [](exchange& peer, auto note) -> task {
      const std::string piece(65536, 'x');
      std::vector<pending_answer> answers;
      answers.push_back(peer.begin(status::ok));
      for (auto i = 0; i < 200; ++i)
        answers.push_back(peer.send(piece));
      std::string what = "nothing";
      for (auto& answer : answers) {
        try {
          co_await answer;
        } catch (const handler_fault& refused) {
          what = refused.what();
          break;
        }
      }
      note->update([&](auto& text) { text = what; });
    }(http, fault);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  client.receive(1000);
  client.receive_all();
  CHECK(fault->wait([](const auto& text) { return !text.empty(); }));
  CHECK(fault->get() == to_string(refusal::output_full));
}

TEST_CASE("a handler on another thread is refused at the cap although the loop is busy (S48)") {
  struct progress {
    bool is_held = false;
    int refused = 0;
  };
  using shared_progress = std::shared_ptr<observed<progress>>;
  const auto seen = std::make_shared<observed<progress>>();
  constexpr auto pieces = 3000;
  router routes;
  const auto flood = [seen](caf::event_based_actor* self, const request&,
                            const caf::actor& connection) -> caf::behavior {
    seen->wait([](const auto& now) { return now.is_held; });
    const octets piece{std::string_view{std::string(65536, 'x')}};
    self->request(connection, caf::infinite, begin_response{}).then([] {}, [](caf::error&) {});
    for (auto i = 0; i < pieces; ++i)
      self->request(connection, caf::infinite, response_content{piece})
        .then([] {},
              [seen](const caf::error& why) {
                if (refusal_of(why) == refusal::output_full)
                  seen->update([](auto& now) { ++now.refused; });
              });
    return {[self](const cancelled&) { self->quit(); }};
  };
  routes.get("/flood", behavior_handler{flood}).detached();
  // Holds the loop until nearly everything is refused: only the sender's own thread can do that.
  const auto hold = [](const shared_progress& all) {
    all->update([](auto& now) { now.is_held = true; });
    return all->wait([](const auto& now) { return now.refused > pieces - 100; });
  };
  routes.get("/hold", [seen, hold](const request&) { return text(hold(seen) ? "held" : "late"); });
  test_server server{routes, [](config& wishes) { wishes.threads = 1; }};
  raw_client flooded{server.port()};
  flooded.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  raw_client holder{server.port()};
  holder.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(holder.receive_response().ends_with("\r\n\r\nheld"));
}

TEST_CASE("an early answer to a large upload arrives and the connection ends (S22 S23)") {
  router routes;
  routes.post("/never-reads",
              [](exchange& http) -> task { co_await http.respond(status::ok, "early"); });
  routes
    .post("/limited",
          [](exchange& http) -> task {
            while (auto piece = co_await http.content().next()) {}
            co_await http.respond(status::ok, "all");
          })
    .content_limit(1000);
  test_server server{routes};
  raw_client client{server.port()};
  SUBCASE("content that nobody reads") {
    client.send("POST /never-reads HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
                + std::string(5'000'000, 'x'));
    const auto answer = client.receive_response();
    CHECK(answer.ends_with("\r\n\r\nearly"));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  }
  SUBCASE("Content-Length over the limit (S17)") {
    client.send("POST /limited HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
                + std::string(5'000'000, 'x'));
    CHECK(client.receive_response().starts_with("HTTP/1.1 413 "));
  }
  SUBCASE("chunked content over the limit (S17)") {
    client.send("POST /limited HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4C4B40\r\n"
                + std::string(5'000'000, 'x') + "\r\n0\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 413 "));
  }
  SUBCASE("little content is discarded and the connection kept") {
    client.send("POST /never-reads HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345"
                "POST /never-reads HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    CHECK(client.receive_response().ends_with("\r\n\r\nearly"));
    CHECK(client.receive_response().ends_with("\r\n\r\nearly"));
  }
}

TEST_CASE("100 Continue is sent on the first demand and never otherwise (S16)") {
  router routes;
  routes.post("/reads", [](exchange& http) -> task {
    while (auto piece = co_await http.content().next()) {}
    co_await http.respond(status::ok, "read");
  });
  routes.post("/refuses",
              [](exchange& http) -> task { co_await http.respond(status::forbidden, "no"); });
  test_server server{routes};
  raw_client client{server.port()};
  SUBCASE("demanded") {
    client.send(
      "POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    CHECK(client.receive_response().ends_with("\r\n\r\nread"));
  }
  SUBCASE("content came along") {
    client.send(
      "POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
    CHECK(client.receive_response().starts_with("HTTP/1.1 200 "));
  }
  SUBCASE("refused") {
    client.send(
      "POST /refuses HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 403 "));
  }
  SUBCASE("another expectation") {
    client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: miracles\r\n\r\n");
    CHECK(client.receive_response().starts_with("HTTP/1.1 417 "));
  }
}

TEST_CASE("malformed requests are refused and the connection closed (S18 S20)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes};
  const auto answer_to = [&](std::string_view request) {
    raw_client client{server.port()};
    client.send(request);
    return client.receive_all().substr(0, 13);
  };
  CHECK(answer_to("GET / HTTP/1.1\r\n\r\n") == "HTTP/1.1 400 ");
  CHECK(answer_to("(non/sense)\r\n\r\n") == "HTTP/1.1 400 ");
  CHECK(answer_to("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == "HTTP/1.1 501 ");
  CHECK(answer_to("GET / HTTP/3.0\r\nHost: a\r\n\r\n") == "HTTP/1.1 505 ");
  CHECK(answer_to(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
        == "HTTP/1.1 400 ");
  CHECK(answer_to("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n")
        == "HTTP/1.1 414 ");
  CHECK(answer_to("GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(40'000, 'a') + "\r\n\r\n")
        == "HTTP/1.1 431 ");
  CHECK(answer_to("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n") == "HTTP/1.1 501 ");
}

TEST_CASE("a WebSocket client that breaks the protocol while it does not read is let go (S35)") {
  router routes;
  routes.web_socket("/", [](web_socket& socket) -> task {
    while (auto next = co_await socket.next())
      co_await socket.send(*next);
  });
  test_server server{
    routes, [](config& wishes) { wishes.limits.close_deadline = std::chrono::milliseconds{300}; }};
  raw_client client{server.port()};
  client.send(handshake("/") + client_frame(0x82, std::string(1'000'000, 'x')));
  CHECK(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  client.send(client_frame(0xf1, "reserved bits"));
  const auto all = client.receive_all();
  CHECK(all.ends_with(std::string_view{"\x88\x02\x03\xea", 4})); // 1002, and nothing behind it
  CHECK(server.log.lines.wait([](const auto& lines) { return lines.size() == 1; }));
}

TEST_CASE("a refusal after HEAD has its content (S24)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n(non/sense)\r\n\r\n");
  const auto all = client.receive_all();
  CHECK(all.find("HTTP/1.1 400 ") != std::string::npos);
  CHECK(all.find("\r\n\r\n{\"title\":\"Bad Request\",\"status\":400,\"request_id\":\"")
        != std::string::npos);
}

TEST_CASE("a handler that answers and then wants more content is ended") {
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.post("/", [log](exchange& http) {
    return [](exchange& peer, shared_log note) -> task {
      const tombstone stone{note};
      const auto first = co_await peer.content().next();
      co_await peer.respond(status::ok, "enough");
      const auto second = co_await peer.content().next();
      note->update([](auto& all) { ++all.ends; });
    }(http, log);
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  CHECK(client.receive_response().ends_with("enough"));
  CHECK(log->wait([](const auto& all) { return all.destroyed; }));
  CHECK(log->get().ends == 0);
}

TEST_CASE("killing a handler spares the one that works on after its own answer (S45)") {
  const auto may_end = std::make_shared<std::atomic<bool>>(false);
  const auto log = std::make_shared<observed<handler_notes>>();
  router routes;
  routes.get("/works-on", [may_end, log](exchange& http) {
    return [](exchange& peer, auto go, shared_log note) -> task {
      co_await peer.respond(status::ok, "answered");
      while (!go->load())
        co_await peer.delay(std::chrono::milliseconds{1});
      note->update([](auto& all) { ++all.ends; });
    }(http, may_end, log);
  });
  routes
    .get("/stubborn",
         behavior_handler{[](caf::event_based_actor*, const request&, const caf::actor&) {
           return caf::behavior{[](const cancelled&) {}, [](const end_of_content&) {}};
         }})
    .handler_deadline(std::chrono::milliseconds{1});
  test_server server{
    routes, [](config& wishes) { wishes.limits.cancel_grace = std::chrono::milliseconds{1}; }};
  raw_client client{server.port()};
  client.send("GET /works-on HTTP/1.1\r\nHost: a\r\n\r\n"
              "GET /stubborn HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("answered"));
  CHECK(client.receive_all().starts_with("HTTP/1.1 503 "));
  client.close();
  CHECK(comes_true([&] { return server.running->count().handlers_killed == 1; }));
  may_end->store(true);
  CHECK(log->wait([](const auto& all) { return all.ends == 1; }));
  CHECK(server.running->count().handlers_killed == 1);
}

TEST_CASE("an interim status is no answer") {
  router routes;
  routes.get("/", [](const request&) { return text("", static_cast<status>(103)); });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().starts_with("HTTP/1.1 500 "));
}

// A graceful stop as one connection sees it: what has begun is finished, nothing more begins.

#include "sluice/actors/testing/simulation.hpp"
#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;
const std::string large(200'000, 'x');

/// A service that counts the calls of a plain function at "/".
struct drained_service {
  drained_service() {
    routes.get("/", [this](const request&) {
      ++calls;
      return text("fine");
    });
    routes.get("/large", [](const request&) { return text(large); });
    routes.get("/late", [](exchange& http) -> task {
      co_await http.delay(20s);
      co_await http.respond(status::ok, "late");
    });
    routes.get("/streams", [](exchange& http) -> task {
      co_await http.begin(status::ok);
      co_await http.delay(20s);
      co_await http.send("late");
      co_await http.finish();
    });
    routes.web_socket("/echo", [this](const request&, const message& said) {
      ++calls;
      return std::optional{said};
    });
  }

  int calls = 0;
  router routes;
  simulation service{routes};
  scripted_client& client = service.connect();
};

/// The connection has ended as the client can tell from a failure: cleanly.
bool has_ended_cleanly(const scripted_client& client) {
  return client.seen().saw_end && !client.seen().saw_reset;
}

constexpr std::string_view close_1001{"\x88\x18\x03\xe9the server is stopping", 26};

} // namespace

TEST_CASE("a request behind the one under way is not begun once the server stops (S21 S59)") {
  drained_service all;
  std::string first;
  SUBCASE("whose answer can say that it is the last") {
    first = "/late";
  }
  SUBCASE("whose answer had begun before") {
    first = "/streams";
  }
  all.client.get(first);
  all.client.get("/");
  all.service.run();
  all.service.stop();
  all.service.advance(20s - 1ms);
  CHECK_FALSE(all.client.seen().saw_end);
  all.service.advance(1ms);
  const auto answers = all.client.responses();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].content == "late");
  CHECK(answers[0].is_complete);
  CHECK((answers[0].fields.find("Connection") == "close") == (first == "/late"));
  CHECK(all.calls == 0);
  CHECK(has_ended_cleanly(all.client));
}

TEST_CASE("a request that is on its way when the server stops is the last one (S59)") {
  drained_service all;
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto stop_behind = [&](std::size_t octets) {
    all.client.send(request.substr(0, octets));
    all.service.run();
    all.service.stop();
    all.service.run();
    CHECK_FALSE(all.client.seen().saw_end);
    all.client.send(request.substr(octets) + request);
  };
  SUBCASE("a part of its first line has come") {
    stop_behind(9);
  }
  SUBCASE("its first line has come") {
    stop_behind(16);
  }
  SUBCASE("it has come and is not read") {
    all.client.send(request + request);
    all.service.stop();
  }
  all.service.run();
  CHECK(all.calls == 1);
  CHECK(all.client.seen().received.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(all.client.seen().received.ends_with("fine"));
  CHECK(has_ended_cleanly(all.client));
}

TEST_CASE("a connection between two requests ends when the server stops (S59)") {
  drained_service all;
  std::string target = "/";
  SUBCASE("at once where all has left") {
    all.client.get(target);
    all.service.run();
    all.service.stop();
    CHECK_FALSE(all.client.is_open());
  }
  SUBCASE("behind the rest of its last answer") {
    target = "/large";
    all.client.stop_reading();
    all.client.get(target);
    all.service.run();
    all.service.stop();
    all.service.run();
    CHECK_FALSE(all.client.seen().saw_end);
    CHECK(all.client.is_open());
    all.client.read_on();
    all.service.run();
    CHECK(all.client.response().content == large);
  }
  SUBCASE("of which none has come: the first may be on its way and must meet no reset (S22)") {
    all.service.stop();
    CHECK(all.client.is_open());
    CHECK(all.client.seen().saw_end);
    all.client.get(target);
    all.service.run();
    CHECK(all.client.responses().empty());
    all.service.advance(preset.linger_deadline);
    CHECK_FALSE(all.client.is_open());
  }
  CHECK(has_ended_cleanly(all.client));
}

TEST_CASE("a request that waits for a former handler is not begun once the server stops (S1 S59)") {
  drained_service all;
  all.routes.post("/works-on", [](exchange& http) -> task {
    const auto piece = co_await http.content().next();
    co_await http.respond(status::ok, std::string{piece->text()});
    co_await http.delay(20s);
  });
  all.client.send_request(method::post, "/works-on", "abc");
  all.client.get("/");
  all.service.run();
  CHECK(all.client.responses().size() == 1);
  all.service.stop();
  all.service.advance(20s - 1ms);
  CHECK_FALSE(all.client.seen().saw_end);
  all.service.advance(1ms);
  CHECK(all.client.responses().size() == 1);
  CHECK(all.calls == 0);
  CHECK(has_ended_cleanly(all.client));
}

TEST_CASE("a handshake that a stopping server reads is refused (S26 S59)") {
  drained_service all;
  all.client.open_web_socket("/echo");
  all.service.stop();
  all.service.run();
  CHECK(all.client.response().status == 503);
  CHECK(all.client.response().fields.find("Connection") == "close");
  CHECK(has_ended_cleanly(all.client));
}

TEST_CASE("the Close is the last frame of a plain function's WebSocket (S35 S38 S59)") {
  drained_service all;
  all.client.open_web_socket("/echo");
  all.service.run();
  SUBCASE("of a server that stops") {
    all.service.stop();
    all.client.send_text("late");
    all.service.run();
    CHECK(all.calls == 0);
    CHECK(all.client.seen().received.ends_with(close_1001));
  }
  SUBCASE("of a server that stops while answers wait") {
    all.client.stop_reading();
    for (auto i = 0; i < 3; ++i)
      all.client.send_text(large);
    all.service.run();
    CHECK(all.calls == 1);
    all.service.stop();
    all.service.run();
    all.client.read_on();
    all.service.run();
    CHECK(all.calls == 1);
    CHECK(all.client.messages().size() == 1);
    CHECK(all.client.messages().front().content == large);
    CHECK(all.client.seen().received.ends_with(close_1001));
  }
}

TEST_CASE("the Close of a server that stops is a handler's last frame (S35 S59)") {
  router routes;
  int sent = 0;
  routes.web_socket("/ws", behavior_handler{[&sent](caf::event_based_actor* self, const request&,
                                                    const caf::actor& connection) -> caf::behavior {
                      return {[self, connection](const message& said) {
                                self->send(connection, send_message{said});
                              },
                              [self, connection, &sent](const cancelled&) {
                                // It may send: that does nothing, and does not fail (S45).
                                self
                                  ->request(connection, caf::infinite,
                                            send_message{{message_kind::text, octets{"late"}}})
                                  .then([self, &sent] {
                                    ++sent;
                                    self->quit();
                                  });
                              }};
                    }});
  simulation service{routes};
  auto& client = service.connect();
  client.open_web_socket("/ws");
  client.send_text("early");
  service.run();
  service.stop();
  client.send_text("late");
  service.run();
  CHECK(client.messages() == std::vector<received_message>{{message_kind::text, "early"}});
  CHECK(client.seen().received.ends_with(close_1001));
  CHECK(client.handler().cancelled == cancel_reason::draining);
  CHECK(client.handler().delivered.size() == 1);
  CHECK(sent == 1);
  // The client's answer to the Close ends it.
  CHECK_FALSE(client.seen().saw_end);
  client.send_close(1001);
  service.run();
  CHECK(has_ended_cleanly(client));
}

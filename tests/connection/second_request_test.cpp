// What is left of an unusual request must not reach the one behind it.

#include "sluice/actors/testing/simulation.hpp"
#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

const settings preset;

task begin_and_wait(exchange& http) {
  co_await http.begin(status::ok);
  co_await http.delay(1h);
}

task answer_late(exchange& http) {
  co_await http.delay(20s);
  co_await http.respond(status::ok, "late");
}

/// Answers all content, and the trailers behind it.
task read_all(exchange& http) {
  std::string all;
  while (auto piece = co_await http.content().next())
    all += piece->text();
  for (const auto line : http.content().trailers())
    all.append("|").append(line.name);
  co_await http.respond(status::ok, std::move(all));
}

/// Begins its response, and does nothing of what it is told.
behavior_handler deaf() {
  return {[](caf::event_based_actor* self, const request&,
             const caf::actor& connection) -> caf::behavior {
    self->send(connection, begin_response{});
    return {[](const end_of_content&) {}, [](const cancelled&) {}};
  }};
}

router unusual_routes() {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.post("/", [](const request&) { return text("fine"); });
  routes.get("/begins", begin_and_wait);
  routes.get("/late", answer_late);
  routes.get("/impatient", answer_late).handler_deadline(2s);
  routes.post("/impatient", read_all).handler_deadline(2s);
  routes.get("/deaf", deaf());
  routes.get("/reads", read_all);
  routes.post("/reads", read_all);
  routes.post("/small", read_all).content_limit(6);
  routes.post("/takes-one", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.respond(status::ok, "taken");
  });
  return routes;
}

/// What `client` has received since it had `before` octets.
std::string since(const scripted_client& client, std::size_t before) {
  return client.seen().received.substr(before);
}

} // namespace

TEST_CASE("the grace of a handler that a HEAD has ended is not that of the next (S24 S45)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::head, "/begins");
  client.get("/late");
  service.run();
  CHECK(client.handler().cancelled == cancel_reason::answered);
  CHECK(client.responses().size() == 1);
  REQUIRE(preset.cancel_grace < 20s);
  service.advance(20s - 1ms);
  CHECK(client.responses().size() == 1);
  service.advance(1ms);
  CHECK(client.responses().size() == 2);
  CHECK(client.response().content == "late");
  CHECK_FALSE(client.handler().was_killed);
}

TEST_CASE("each handler that stays behind its HEAD is killed after its own grace (S24 S45)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::head, "/deaf");
  client.send_request(method::head, "/deaf");
  client.get("/");
  service.run();
  for (std::size_t killed = 0; killed < 2; ++killed) {
    CHECK(client.responses().size() == killed + 1);
    service.advance(preset.cancel_grace - 1ms);
    CHECK(client.responses().size() == killed + 1);
    CHECK(service.count().handlers_killed == killed);
    service.advance(1ms);
    CHECK(service.count().handlers_killed == killed + 1);
  }
  CHECK(client.response().content == "fine");
}

TEST_CASE("a second request is told to go on at its own demand (S16)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  for (auto i = 0; i < 3; ++i) {
    CAPTURE(i);
    const auto before = client.seen().received.size();
    client.begin_request(method::post, "/reads", {{"Expect", "100-continue"}});
    service.run();
    CHECK(since(client, before) == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send_chunk("abc");
    client.end_chunks();
    service.run();
    CHECK(client.response().content == "abc");
  }
}

TEST_CASE("content of a second request waits for its own demand (S1 S16)") {
  router routes;
  routes.post("/reads", read_all);
  routes.post("/later", [](exchange& http) -> task {
    co_await http.delay(20s);
    co_await http.content().next();
    co_await http.respond(status::ok, "seen");
  });
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/reads", "first");
  service.run();
  client.send_request(method::post, "/later", std::string(preset.chunk_size + 1, 'x'));
  service.advance(20s - 1ms);
  CHECK(client.handler().delivered.size() == 1);
  CHECK(client.unread_by_server() + client.seen().unsent > 0);
  service.advance(1ms);
  CHECK(client.handler().delivered.size() == 2);
  CHECK(client.responses().size() == 2);
}

TEST_CASE("a second request is given the time of its own route (S6 S58)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  SUBCASE("which has more than the first") {
    client.send_request(method::post, "/impatient", "quick");
    service.run();
    CHECK(client.response().content == "quick");
    client.get("/late");
    service.advance(20s);
    CHECK(client.response().content == "late");
  }
  SUBCASE("which has less than the first") {
    client.get("/late");
    service.advance(20s);
    client.get("/impatient");
    service.advance(2s - 1ms);
    CHECK(client.responses().size() == 1);
    service.advance(1ms);
    CHECK(client.response().status == 503);
  }
}

TEST_CASE("what is left of a response has the time of its own route (S54 S58)") {
  const std::string large(200'000, 'x');
  const auto answer = [&large](exchange& http) {
    return [](exchange& peer, const std::string& content) -> task {
      co_await peer.respond(status::ok, std::string{content});
    }(http, large);
  };
  router routes;
  routes.get("/function", [&large](const request&) { return text(large); }).write_deadline(2s);
  routes.get("/handler", answer).write_deadline(2s);
  routes.get("/patient", answer).write_deadline(0s);
  routes.get("/preset", answer);
  struct expected {
    std::string target;
    duration due;
  };
  for (const auto& [target, due] : {expected{"/function", 2s}, expected{"/handler", 2s},
                                    expected{"/preset", preset.write_deadline}}) {
    CAPTURE(target);
    simulation service{routes};
    auto& client = service.connect();
    client.get("/handler"); // read at once
    client.get(target);
    service.run();
    REQUIRE(client.responses().size() == 2);
    client.stop_reading();
    client.get(target);
    service.advance(due - 1ms);
    CHECK(client.is_open());
    service.advance(1ms);
    CHECK_FALSE(client.is_open());
  }
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  client.get("/patient");
  service.advance(1h);
  CHECK(client.is_open());
}

TEST_CASE("a refusal that is no route's has the time of the settings (S54 S58)") {
  router routes;
  routes.get("/", [](const request&) { return text(std::string(70'000, 'x')); }).write_deadline(2s);
  simulation service{routes};
  auto& client = service.connect();
  client.stop_reading();
  client.get("/");
  client.send("(non/sense)\r\n\r\n"); // refused while the answer before it is on its way
  service.advance(preset.write_deadline - 1ms);
  CHECK(client.is_open());
  service.advance(1ms);
  CHECK_FALSE(client.is_open());
}

TEST_CASE(
  "trailers of a request that its handler did not read are not those of the next (S4 S19)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(method::post, "/takes-one");
  client.send_chunk("abc");
  client.send("0\r\nX-Sum: 1\r\n\r\n");
  SUBCASE("which has no content") {
    client.get("/reads");
    service.run();
    CHECK(client.response().content.empty());
  }
  SUBCASE("which has content of a known length") {
    client.send_request(method::post, "/reads", "abc");
    service.run();
    CHECK(client.response().content == "abc");
  }
  SUBCASE("which has trailers of its own") {
    client.begin_request(method::post, "/reads");
    client.send("0\r\nX-Own: 1\r\n\r\n");
    service.run();
    CHECK(client.response().content == "|X-Own");
  }
  CHECK(client.responses().size() == 2);
}

TEST_CASE("the content of each request is counted from nothing (S17)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  for (const std::string content : {"123456", "654321"}) {
    client.begin_request(method::post, "/small");
    client.send_chunk(content);
    client.end_chunks();
    service.run();
    CHECK(client.response().status == 200);
    CHECK(client.response().content == content);
  }
  client.begin_request(method::post, "/small");
  client.send_chunk("1234567");
  service.run();
  CHECK(client.response().status == 413);
}

TEST_CASE("content of a known length may be as large as its route allows (S17)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/small", "123456");
  client.send_request(method::post, "/small", "1234567");
  service.run();
  REQUIRE(client.responses().size() == 2);
  CHECK(client.responses()[0].content == "123456");
  CHECK(client.responses()[1].status == 413);
}

TEST_CASE("the head of a second request has its whole time behind the first (S53)") {
  const auto routes = unusual_routes();
  connection_fixture client{routes};
  client.send("GET / HTTP/1.1\r\nHost: ");
  client.advance(preset.header_deadline - 1s);
  const auto first = [&] { return client.peer().received.size(); };
  client.send("a\r\n\r\nGET / HTTP/1.1\r\n");
  client.run();
  CHECK(client.peer().received.ends_with("fine"));
  const auto before = first();
  client.advance(preset.header_deadline - 1ms);
  CHECK(client.peer().received.size() == before);
  client.advance(1ms);
  CHECK(client.peer().received.substr(before).starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a second upload has its whole credit although the first used it up (S53)") {
  const auto routes = unusual_routes();
  settings limits;
  limits.content_rate = 1'000'000; // what a request of a few octets moves buys nothing
  connection_fixture client{routes, limits};
  const std::string head = "POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
  client.send(head);
  client.advance(preset.content_deadline - 1s);
  client.send("abc");
  client.run();
  CHECK(client.peer().received.ends_with("abc"));
  const auto before = client.peer().received.size();
  client.send(head);
  client.advance(preset.content_deadline - 1ms);
  CHECK(client.peer().received.size() == before);
  client.advance(1ms);
  CHECK(client.peer().received.substr(before).starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a second request that is cut short is noticed behind one that is whole (S40 S41)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/late");
  client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
  client.shutdown_write();
  service.advance(20s - 1ms);
  CHECK(client.is_open()); // the first is answered all the same
  CHECK(client.responses().empty());
  service.advance(1ms);
  CHECK(client.response().content == "late");
  CHECK(client.handler().cancelled == cancel_reason::peer_closed);
  CHECK_FALSE(client.is_served());
}

TEST_CASE("an answer that had begun to a request that is cut short does not look whole (S40 S50)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("half");
    while (co_await http.content().next()) {}
    co_await http.finish();
  });
  simulation service{routes};
  auto& client = service.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
  service.run();
  CHECK(client.seen().received.ends_with("half\r\n"));
  client.shutdown_write();
  service.run();
  CHECK(client.seen().received.ends_with("half\r\n"));
  CHECK(client.seen().saw_reset);
  CHECK(client.handler().cancelled == cancel_reason::peer_closed);
}

TEST_CASE("a request that its client cut short is over at once (S40)") {
  const auto routes = unusual_routes();
  simulation service{routes};
  auto& client = service.connect();
  SUBCASE("behind its answer where it was whole (S41)") {
    client.get("/late");
    client.shutdown_write();
    service.advance(20s);
    CHECK(client.response().content == "late");
    CHECK(service.accesses().back().outcome == "complete");
  }
  SUBCASE("without one where it was not") {
    client.send("POST /reads HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
    client.shutdown_write();
    service.run();
    CHECK(client.seen().received.empty());
    CHECK(service.accesses().back().outcome == "peer_closed");
  }
  CHECK_FALSE(client.is_served());
  CHECK(service.handlers_alive() == 0);
}

TEST_CASE("an answer that is refused leaves nothing of it for the next (S25 S47)") {
  std::string path;
  response refused = text("refused");
  const auto answer_at_last = [&refused](exchange& http) {
    return [](exchange& peer, const response& first) -> task {
      bool was_refused = false;
      try {
        co_await peer.respond(response{first});
      } catch (const handler_fault&) {
        was_refused = true;
      }
      co_await peer.respond(status::ok, was_refused ? "refused" : "not refused");
    }(http, refused);
  };
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.get("/fills", [](const request&) { return text(std::string(70'000, 'x')); });
  routes.get("/handler", answer_at_last);
  routes.get("/function", [&refused](const request&) { return refused; });
  SUBCASE("it has no room") {
    refused.fields.add("Connection", "close");
    refused.content = std::string(preset.output_cap, 'x');
  }
  SUBCASE("a field would split it") {
    refused.fields.add("Connection", "close").add("X-Split", "a\r\nb");
  }
  SUBCASE("its status forbids content") {
    refused.status = status::no_content;
  }
  SUBCASE("its status is no answer") {
    refused.status = status::continue_;
  }
  SUBCASE("it declares another length") {
    refused.fields.add("Connection", "close").add("Content-Length", "3");
  }
  for (const std::string target : {"/handler", "/function"}) {
    CAPTURE(target);
    simulation service{routes};
    auto& client = service.connect();
    // Those before it wait to leave: what was begun and refused stands behind them.
    client.stop_reading();
    client.get("/fills");
    client.get("/");
    client.get(target);
    client.get("/");
    service.run();
    client.read_on();
    service.run();
    auto all = client.responses();
    REQUIRE(all.size() == 4);
    CHECK(all[1].content == "fine");
    all.erase(all.begin(), all.begin() + 2);
    CHECK(all[0].status == (target == "/handler" ? 200 : 500));
    CHECK_FALSE(all[0].fields.contains("Connection"));
    CHECK_FALSE(all[0].fields.contains("X-Split"));
    CHECK(all[0].fields.find("Content-Length") == std::to_string(all[0].content.size()));
    CHECK(all[1].content == "fine");
  }
}

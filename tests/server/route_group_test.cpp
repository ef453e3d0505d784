#include "sluice/server/routing/route_group.hpp"

#include "sluice/actors/testing/connection_fixture.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace sluice;
using sluice::testing::connection_fixture;

namespace {

/// The answer of `routes` to one request, head and content.
std::string ask(const router& routes, std::string_view line, std::string_view fields = {},
                std::string_view content = {}) {
  connection_fixture connection{routes};
  connection.send(std::string{line} + " HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n"
                  + std::string{content});
  connection.run();
  return connection.peer().received;
}

bool is(const std::string& answer, std::string_view status) {
  return answer.starts_with("HTTP/1.1 " + std::string{status} + ' ');
}

response plain(const request&) {
  return text("plain");
}

task streaming(exchange& http) {
  co_await http.respond(status::ok, "streamed " + std::string{http.param("id")});
}

std::optional<response> require_key(const request& head) {
  if (head.fields.find("X-Key") == "secret")
    return std::nullopt;
  return problem_response(status::unauthorized);
}

} // namespace

// -- prefixes and limits -----------------------------------------------------------

TEST_CASE("a group's routes have its prefix, and groups may be nested (route_group.hpp)") {
  router routes;
  auto api = routes.group("/api");
  api.get("", plain);
  auto items = api.group("/items/{id}");
  items.get("/parts", streaming);
  CHECK(is(ask(routes, "GET /api"), "200"));
  CHECK(ask(routes, "GET /api/items/7/parts").ends_with("streamed 7"));
  CHECK(is(ask(routes, "GET /api/"), "404"));
  CHECK(is(ask(routes, "GET /parts"), "404"));
}

TEST_CASE("a prefix that can't be one is refused") {
  const router routes;
  for (const auto* prefix : {"", "a", "/", "/a/"}) {
    CAPTURE(prefix);
    CHECK_THROWS_AS((void)routes.group(prefix), std::invalid_argument);
  }
}

TEST_CASE("a group's limits hold for its routes, which may have their own (S58)") {
  router routes;
  auto api = routes.group("/api");
  route_limits few;
  few.content = 4;
  api.limits(few);
  api.post("/small", streaming);
  api.post("/large", streaming).content_limit(100);
  routes.post("/any", streaming);
  CHECK(is(ask(routes, "POST /api/small", "Content-Length: 5\r\n", "12345"), "413"));
  CHECK(is(ask(routes, "POST /api/large", "Content-Length: 5\r\n", "12345"), "200"));
  CHECK(is(ask(routes, "POST /any", "Content-Length: 5\r\n", "12345"), "200"));
}

// -- guards ------------------------------------------------------------------------

TEST_CASE("a guard answers before any handler of its group runs, WebSockets included") {
  auto ran = 0;
  router routes;
  auto inner = routes.group("/in");
  inner.guard(require_key);
  inner.get("/plain", [&ran](const request&) {
    ++ran;
    return text("in");
  });
  inner.web_socket("/socket", [&ran](web_socket&) {
    ++ran;
    return task{};
  });
  routes.get("/out", plain);
  constexpr auto
    upgrade = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  CHECK(is(ask(routes, "GET /in/plain"), "401"));
  CHECK(is(ask(routes, "GET /in/socket", upgrade), "401"));
  CHECK(ran == 0);
  CHECK(is(ask(routes, "GET /in/plain", "X-Key: secret\r\n"), "200"));
  CHECK(is(ask(routes, "GET /in/socket", std::string{upgrade} + "X-Key: secret\r\n"), "101"));
  CHECK(ran == 2);
  CHECK(is(ask(routes, "GET /out"), "200"));
}

TEST_CASE("what a guard throws is the answer, or a failure") {
  router routes;
  routes.get("/teapot", plain).guard([](const request&) -> std::optional<response> {
    throw http_error{static_cast<status>(418), "Short and stout."};
  });
  routes.get("/broken", plain).guard([](const request&) -> std::optional<response> {
    throw std::runtime_error{"broken"};
  });
  CHECK(is(ask(routes, "GET /teapot"), "418"));
  CHECK(ask(routes, "GET /teapot").find("Short and stout.") != std::string::npos);
  CHECK(is(ask(routes, "GET /broken"), "500"));
}

TEST_CASE("a parameter of another type is 400 without the handler running") {
  auto ran = 0;
  router routes;
  routes
    .get("/items/{id}",
         [&ran](const request&) {
           ++ran;
           return text("found");
         })
    .param<int>("id")
    .query<unsigned>("page");
  CHECK(is(ask(routes, "GET /items/x"), "400"));
  CHECK(is(ask(routes, "GET /items/1?page=-1"), "400"));
  CHECK(is(ask(routes, "GET /items/1?page=%zz"), "400"));
  CHECK(ask(routes, "GET /items/x").find("The path parameter 'id'") != std::string::npos);
  CHECK(ran == 0);
  CHECK(is(ask(routes, "GET /items/1?page=2"), "200"));
  CHECK(is(ask(routes, "GET /items/-1"), "200"));
  CHECK_THROWS_AS(routes.get("/a/{b}", plain).param<int>("c"), std::invalid_argument);
}

// -- wrappers ----------------------------------------------------------------------

namespace {

/// Notes when it is entered and left.
exchange_wrapper noting(std::string& log, char name) {
  return [&log, name](exchange& http, const exchange_handler& next) -> task {
    log += name;
    http.response_fields().add("X-Via", std::string{name});
    co_await next(http);
    log += static_cast<char>(name + 'A' - 'a');
  };
}

} // namespace

TEST_CASE("wrappers run around a handler, the first outermost, and may add to its response") {
  std::string log;
  router routes;
  auto api = routes.group("/api");
  api.wrap(noting(log, 'a')).wrap(noting(log, 'b'));
  api.get("/plain", plain);
  api.get("/{id}", streaming);
  for (const auto* line : {"GET /api/plain", "GET /api/7"}) {
    CAPTURE(line);
    log.clear();
    const auto answer = ask(routes, line);
    CHECK(is(answer, "200"));
    CHECK(log == "abBA");
    CHECK(answer.find("X-Via: a\r\nX-Via: b\r\n") != std::string::npos);
  }
}

TEST_CASE("a wrapper may answer early, after it has waited; the handler does not run") {
  auto ran = false;
  router routes;
  auto api = routes.group("/api");
  api.wrap([](exchange& http, const exchange_handler&) -> task {
    co_await http.delay(std::chrono::seconds{1});
    co_await http.respond(status::forbidden);
  });
  api.get("/a", [&ran](const request&) {
    ran = true;
    return text("a");
  });
  connection_fixture connection{routes};
  connection.send("GET /api/a HTTP/1.1\r\nHost: a\r\n\r\n");
  connection.run();
  CHECK(connection.peer().received.empty());
  connection.advance(std::chrono::seconds{1});
  CHECK(is(connection.peer().received, "403"));
  CHECK_FALSE(ran);
}

TEST_CASE(
  "what a handler refuses before it is a coroutine is the answer, with its wrapper's fields") {
  std::string log;
  router routes;
  auto api = routes.group("/api");
  api.wrap(noting(log, 'a'));
  api.get("/{id}", [](exchange& http) {
    if (http.param<int>("id") == 0)
      throw http_error{status::conflict};
    return streaming(http);
  });
  routes.get("/plain/{id}", [](exchange& http) {
    [[maybe_unused]] const auto id = http.param<int>("id");
    return streaming(http);
  });
  const auto refused = ask(routes, "GET /api/0");
  CHECK(is(refused, "409"));
  CHECK(refused.find("X-Via: a\r\n") != std::string::npos);
  CHECK(is(ask(routes, "GET /plain/x"), "400"));
  CHECK(is(ask(routes, "GET /plain/1"), "200"));
}

TEST_CASE("empty functions are refused where they are given") {
  router routes;
  CHECK_THROWS_AS(routes.guard({}), std::invalid_argument);
  CHECK_THROWS_AS(routes.wrap({}), std::invalid_argument);
  CHECK_THROWS_AS(routes.wrap_web_socket({}), std::invalid_argument);
  CHECK_THROWS_AS(routes.on_start({}), std::invalid_argument);
  CHECK_THROWS_AS(routes.on_stop({}), std::invalid_argument);
}

TEST_CASE("what a wrapped handler throws passes its wrappers") {
  auto caught = false;
  router routes;
  auto api = routes.group("/api");
  api.wrap([&caught](exchange& http, const exchange_handler& next) -> task {
    try {
      co_await next(http);
    } catch (const http_error&) {
      caught = true;
      throw;
    }
  });
  api.get("/a", [](const request&) -> response { throw http_error{status::gone}; });
  CHECK(is(ask(routes, "GET /api/a"), "410"));
  CHECK(caught);
}

TEST_CASE("a wrapper holds for what is added after it, and not for a behavior") {
  std::string log;
  router routes;
  routes.get("/before", plain);
  routes.wrap(noting(log, 'a'));
  ask(routes, "GET /before");
  CHECK(log.empty());
  const behavior_handler behavior{
    [](caf::event_based_actor*, const request&, const caf::actor&) { return caf::behavior{}; }};
  CHECK_THROWS_AS(routes.get("/behavior", behavior), std::invalid_argument);
}

TEST_CASE("a wrapper of WebSockets may close one without its handler, or let it run") {
  auto ran = false;
  router routes;
  auto group = routes.group("/in");
  group.wrap_web_socket([](web_socket& socket, const web_socket_handler& next) -> task {
    if (socket.query("key") == "secret")
      co_await next(socket);
    else
      co_await socket.close(close_code::policy_violation, "no key");
  });
  group.web_socket("/socket", [&ran](web_socket& socket) -> task {
    ran = true;
    while (co_await socket.next()) {}
  });
  sluice::testing::simulation service{routes};
  auto& stranger = service.connect();
  stranger.open_web_socket("/in/socket");
  service.run();
  CHECK(stranger.close_code() == 1008);
  CHECK_FALSE(ran);
  auto& friendly = service.connect();
  friendly.open_web_socket("/in/socket?key=secret");
  service.run();
  CHECK(ran);
  CHECK_FALSE(friendly.close_code());
}

TEST_CASE("wrappers of WebSockets run around a message function too, the first outermost") {
  std::string log;
  const auto noting = [&log](char name) -> web_socket_wrapper {
    return [&log, name](web_socket& socket, const web_socket_handler& next) -> task {
      log += name;
      co_await next(socket);
      log += static_cast<char>(name + 'A' - 'a');
    };
  };
  router routes;
  auto group = routes.group("/in");
  group.wrap_web_socket(noting('a')).wrap_web_socket(noting('b'));
  group.web_socket("/function",
                   [](const request&, const message& said) { return std::optional{said}; });
  group.web_socket("/coroutine", [](web_socket& socket) -> task {
    while (const auto said = co_await socket.next())
      co_await socket.send(*said);
  });
  const behavior_handler behavior{
    [](caf::event_based_actor*, const request&, const caf::actor&) { return caf::behavior{}; }};
  CHECK_THROWS_AS(group.web_socket("/behavior", behavior), std::invalid_argument);
  CHECK_NOTHROW(group.get("/behavior", behavior)); // has none of these around it
  for (const auto* path : {"/in/function", "/in/coroutine"}) {
    CAPTURE(path);
    log.clear();
    sluice::testing::simulation service{routes};
    auto& client = service.connect();
    client.open_web_socket(path);
    client.send_text("one");
    client.send_text("two");
    service.run();
    REQUIRE(client.messages().size() == 2);
    CHECK(client.messages()[1].content == "two");
    CHECK(log == "ab");
    client.send_close();
    service.run();
    CHECK(log == "abBA");
  }
}

#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace sluice;

namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

enum class asking : bool { http, web_socket };

response plain(const request&) {
  return text("plain");
}

task streaming(exchange&) {
  co_return;
}

task chatting(web_socket&) {
  co_return;
}

/// What a router says to one request.
struct answer {
  std::string route; ///< empty: refused
  bool is_web_socket = false;
  parameters given;
  response refusal;

  [[nodiscard]] std::string allow() const { return refusal.fields.joined("Allow"); }
};

answer ask(const router& routes, method which, std::string path, asking what = asking::http) {
  request head;
  head.method = which;
  head.path = std::move(path);
  head.target = head.path;
  auto found = routes.find(head, what == asking::web_socket);
  answer result;
  if (found.target != nullptr) {
    result.route = found.target->route;
    result.is_web_socket = found.target->speaks == endpoint::protocol::web_socket;
  }
  result.given = std::move(head.parameters);
  if (found.refusal)
    result.refusal = *std::move(found.refusal);
  return result;
}

answer get(const router& routes, std::string path) {
  return ask(routes, method::get, std::move(path));
}

} // namespace

// -- paths -----------------------------------------------------------------------

TEST_CASE("a literal route matches its path and no other (router.hpp)") {
  router routes;
  routes.get("/", plain);
  routes.get("/a/b", plain);
  CHECK(get(routes, "/").route == "/");
  CHECK(get(routes, "/a/b").route == "/a/b");
  for (const std::string path :
       {"/a", "/a/", "/a/b/", "/a/b/c", "/A/b", "/a/bb", "//a/b", "/a//b", "//", ""}) {
    CAPTURE(path);
    CHECK(get(routes, path).route.empty());
    CHECK(get(routes, path).refusal.status == status::not_found);
  }
}

TEST_CASE("a trailing slash makes another path (router.hpp)") {
  router routes;
  routes.get("/a", plain);
  routes.get("/b/", plain);
  CHECK(get(routes, "/a").route == "/a");
  CHECK(get(routes, "/a/").route.empty());
  CHECK(get(routes, "/b").route.empty());
  CHECK(get(routes, "/b/").route == "/b/");
}

TEST_CASE("an empty segment is matched by an empty literal only (router.hpp)") {
  router routes;
  routes.get("/a//b", plain);
  routes.get("/c/{id}/d", plain);
  routes.get("/e/{id}", plain);
  CHECK(get(routes, "/a//b").route == "/a//b");
  CHECK(get(routes, "/a/b").route.empty());
  CHECK(get(routes, "/c//d").route.empty());
  CHECK(get(routes, "/e/").route.empty());
}

TEST_CASE("a parameter takes one segment (router.hpp)") {
  router routes;
  routes.get("/users/{user}/posts/{post}", plain);
  const auto found = get(routes, "/users/ann/posts/7");
  CHECK(found.route == "/users/{user}/posts/{post}");
  CHECK(found.given == parameters{{"user", "ann"}, {"post", "7"}});
  CHECK(get(routes, "/users/ann/lee/posts/7").route.empty());
  CHECK(get(routes, "/users/ann/posts").route.empty());
}

TEST_CASE("a rest takes everything behind its slash (router.hpp)") {
  router routes;
  routes.get("/files/{path...}", plain);
  CHECK(get(routes, "/files/a/b/c.txt").given == parameters{{"path", "a/b/c.txt"}});
  CHECK(get(routes, "/files/").given == parameters{{"path", ""}});
  CHECK(get(routes, "/files//a/").given == parameters{{"path", "/a/"}});
  CHECK(get(routes, "/files").route.empty());
}

TEST_CASE("literals win over parameters and parameters over rests (router.hpp)") {
  router routes;
  routes.get("/{all...}", plain);
  routes.get("/{one}", plain);
  routes.get("/me", plain);
  CHECK(get(routes, "/me").route == "/me");
  CHECK(get(routes, "/you").route == "/{one}");
  CHECK(get(routes, "/me/and/you").route == "/{all...}");
  CHECK(get(routes, "/").route == "/{all...}");
}

TEST_CASE("a better segment that leads nowhere is given up (router.hpp)") {
  router routes;
  routes.get("/a/b/c", plain);
  routes.get("/a/{x}/d", plain);
  routes.get("/{x}/{y}/e", plain);
  routes.get("/{rest...}", plain);
  CHECK(get(routes, "/a/b/c").route == "/a/b/c");
  const auto second = get(routes, "/a/b/d");
  CHECK(second.route == "/a/{x}/d");
  CHECK(second.given == parameters{{"x", "b"}});
  const auto third = get(routes, "/a/b/e");
  CHECK(third.route == "/{x}/{y}/e");
  CHECK(third.given == parameters{{"x", "a"}, {"y", "b"}});
  const auto last = get(routes, "/a/b/f");
  CHECK(last.route == "/{rest...}");
  CHECK(last.given == parameters{{"rest", "a/b/f"}});
}

TEST_CASE("routes that share a place name its parameters each for itself (router.hpp)") {
  router routes;
  routes.get("/{user}", plain);
  routes.put("/{account}", plain);
  routes.get("/{team}/members", plain);
  CHECK(get(routes, "/a").given == parameters{{"user", "a"}});
  CHECK(ask(routes, method::put, "/a").given == parameters{{"account", "a"}});
  CHECK(get(routes, "/a/members").given == parameters{{"team", "a"}});
}

TEST_CASE("what an earlier search left in the head is forgotten (router.hpp)") {
  router routes;
  routes.get("/{new}", plain);
  request head;
  head.path = "/b";
  head.parameters = {{"old", "a"}};
  CHECK(routes.find(head, false).target != nullptr);
  CHECK(head.parameters == parameters{{"new", "b"}});
}

// -- percent-encoding --------------------------------------------------------------

TEST_CASE("parameters are decoded after the path is split (RFC 3986 sec. 2.4)") {
  router routes;
  routes.get("/one/{name}", plain);
  routes.get("/all/{rest...}", plain);
  CHECK(get(routes, "/one/a%20b%C3%A9").given == parameters{{"name", "a b\xc3\xa9"}});
  CHECK(get(routes, "/one/a%2Fb").given == parameters{{"name", "a/b"}});
  CHECK(get(routes, "/one/a+b").given == parameters{{"name", "a+b"}});
  CHECK(get(routes, "/one/%2541").given == parameters{{"name", "%41"}});
  CHECK(get(routes, "/all/a%2Fb/c").given == parameters{{"rest", "a/b/c"}});
}

TEST_CASE("a parameter with a broken escape or NUL is answered 400 (RFC 3986 sec. 2.1)") {
  router routes;
  routes.get("/one/{name}", plain);
  routes.get("/all/{rest...}", plain);
  for (const std::string path :
       {"/one/%", "/one/%4", "/one/%zz", "/one/a%00b", "/all/a/%", "/all/%00"}) {
    CAPTURE(path);
    CHECK(get(routes, path).route.empty());
    CHECK(get(routes, path).refusal.status == status::bad_request);
  }
}

TEST_CASE("literals match whatever of them is escaped (RFC 9110 sec. 4.2.3)") {
  router routes;
  routes.get("/admin/caf%c3%A9", plain);
  routes.get("/{page}", plain);
  CHECK(get(routes, "/%61dmin/caf%C3%a9").route == "/admin/caf%c3%A9");
  CHECK(get(routes, "/admin%2Fcaf%C3%A9").route == "/{page}");
  CHECK(get(routes, "/admin/%zz").refusal.status == status::not_found);
}

TEST_CASE("dot segments are not interpreted (router.hpp)") {
  router routes;
  routes.get("/a/b", plain);
  routes.get("/files/{rest...}", plain);
  CHECK(get(routes, "/a/./b").route.empty());
  CHECK(get(routes, "/a/c/../b").route.empty());
  CHECK(get(routes, "/files/../a/b").given == parameters{{"rest", "../a/b"}});
  CHECK(get(routes, "/files/%2e%2e/a").given == parameters{{"rest", "../a"}});
}

// -- methods -----------------------------------------------------------------------

TEST_CASE("a path without route is answered 404 as a problem (RFC 9110 sec. 15.5.5, RFC 9457)") {
  const router routes;
  const auto refused = get(routes, "/a").refusal;
  CHECK(refused.status == status::not_found);
  CHECK(refused.fields.find("Content-Type") == "application/problem+json");
  CHECK_FALSE(refused.content.empty());
}

TEST_CASE("each method has its own route (RFC 9110 sec. 9)") {
  router routes;
  for (const auto which : {method::get, method::head, method::post, method::put, method::del,
                           method::options, method::trace, method::patch})
    routes.on(which, "/" + std::string{to_string(which)}, plain);
  CHECK(ask(routes, method::del, "/DELETE").route == "/DELETE");
  CHECK(ask(routes, method::trace, "/TRACE").route == "/TRACE");
  CHECK(ask(routes, method::patch, "/PATCH").route == "/PATCH");
  CHECK(ask(routes, method::post, "/PUT").route.empty());
}

TEST_CASE("a method without route is answered 405 with Allow (RFC 9110 sec. 15.5.6)") {
  router routes;
  routes.put("/a", plain);
  routes.get("/a", plain);
  routes.del("/a", plain);
  routes.post("/b", plain);
  const auto refused = ask(routes, method::patch, "/a");
  CHECK(refused.route.empty());
  CHECK(refused.refusal.status == status::method_not_allowed);
  CHECK(refused.allow() == "DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK_FALSE(refused.refusal.content.empty());
  CHECK(get(routes, "/b").allow() == "OPTIONS, POST");
}

TEST_CASE("the path alone chooses the resource (router.hpp)") {
  router routes;
  routes.get("/{any}", plain);
  routes.post("/a", plain);
  CHECK(get(routes, "/a").refusal.status == status::method_not_allowed);
  CHECK(get(routes, "/a").given.empty());
}

TEST_CASE("OPTIONS on a path with a route is answered 204 with Allow (RFC 9110 sec. 9.3.7)") {
  router routes;
  routes.post("/a/{id}", plain);
  const auto told = ask(routes, method::options, "/a/1");
  CHECK(told.refusal.status == status::no_content);
  CHECK(told.allow() == "OPTIONS, POST");
  CHECK(told.refusal.content.empty());
  CHECK(ask(routes, method::options, "/b").refusal.status == status::not_found);
}

TEST_CASE("OPTIONS with an asterisk is told every method of the server (RFC 9110 sec. 9.3.7)") {
  router routes;
  CHECK(ask(routes, method::options, "*").allow() == "OPTIONS");
  routes.get("/a", plain);
  routes.post("/a/{id}", plain);
  routes.del("/b/{rest...}", plain);
  const auto told = ask(routes, method::options, "*");
  CHECK(told.refusal.status == status::no_content);
  CHECK(told.allow() == "DELETE, GET, HEAD, OPTIONS, POST");
  CHECK(get(routes, "*").route.empty());
}

TEST_CASE("HEAD goes to the GET route unless it has its own (RFC 9110 sec. 9.3.2)") {
  router routes;
  routes.get("/a", plain);
  routes.get("/b", plain);
  routes.on(method::head, "/b", streaming);
  routes.post("/c", plain);
  CHECK(ask(routes, method::head, "/a").route == "/a");
  request head;
  head.method = method::head;
  head.path = "/b";
  const auto found = routes.find(head, false);
  REQUIRE(found.target != nullptr);
  CHECK(std::holds_alternative<exchange_handler>(found.target->handler));
  CHECK(ask(routes, method::head, "/c").refusal.status == status::method_not_allowed);
}

TEST_CASE("OPTIONS goes to its own route if there is one (router.hpp)") {
  router routes;
  routes.on(method::options, "/a", plain);
  CHECK(ask(routes, method::options, "/a").route == "/a");
}

// -- WebSocket ---------------------------------------------------------------------

TEST_CASE("HTTP and WebSocket share a path (router.hpp)") {
  router routes;
  routes.get("/{room}", plain);
  routes.web_socket("/{channel}", chatting);
  const auto plainly = get(routes, "/a");
  CHECK_FALSE(plainly.is_web_socket);
  CHECK(plainly.given == parameters{{"room", "a"}});
  const auto upgrading = ask(routes, method::get, "/a", asking::web_socket);
  CHECK(upgrading.is_web_socket);
  CHECK(upgrading.given == parameters{{"channel", "a"}});
}

TEST_CASE("a WebSocket request falls back to the GET route (router.hpp)") {
  router routes;
  routes.get("/a", plain);
  const auto found = ask(routes, method::get, "/a", asking::web_socket);
  CHECK(found.route == "/a");
  CHECK_FALSE(found.is_web_socket);
}

TEST_CASE("a plain GET reaches a route that is only for WebSocket (S26)") {
  router routes;
  routes.web_socket("/a", chatting);
  CHECK(get(routes, "/a").is_web_socket);
  CHECK(ask(routes, method::post, "/a").allow() == "GET, HEAD, OPTIONS");
  CHECK(ask(routes, method::head, "/a").is_web_socket);
  CHECK(ask(routes, method::post, "/a", asking::web_socket).refusal.status
        == status::method_not_allowed);
}

// -- filling a router ----------------------------------------------------------------

TEST_CASE("a place is taken once for each method and for WebSocket (router.hpp)") {
  router routes;
  routes.get("/a/{x}", plain);
  CHECK_THROWS_AS(routes.get("/a/{x}", plain), std::invalid_argument);
  CHECK_THROWS_AS(routes.get("/a/{y}", plain), std::invalid_argument);
  CHECK_NOTHROW(routes.post("/a/{y}", plain));
  CHECK_NOTHROW(routes.web_socket("/a/{y}", chatting));
  CHECK_THROWS_AS(routes.web_socket("/a/{z}", chatting), std::invalid_argument);
  CHECK(get(routes, "/a/1").route == "/a/{x}");
}

TEST_CASE("a refused pattern leaves the other routes as they were (router.hpp)") {
  router routes;
  routes.get("/a", plain);
  CHECK_THROWS_AS(routes.get("/a/{", plain), std::invalid_argument);
  CHECK(get(routes, "/a").route == "/a");
  CHECK(get(routes, "/a/{").refusal.status == status::not_found);
}

TEST_CASE("what can never work is refused (router.hpp)") {
  router routes;
  CHECK_THROWS_AS(routes.on(method::connect, "/a", plain), std::invalid_argument);
  CHECK_THROWS_AS(routes.get("/a", function_handler{}), std::invalid_argument);
  CHECK_THROWS_AS(routes.get("/a", behavior_handler{}), std::invalid_argument);
  CHECK(get(routes, "/a").refusal.status == status::not_found);
  auto function = routes.get("/function", plain);
  CHECK_THROWS_AS(function.pooled(), std::invalid_argument);
  CHECK_THROWS_AS(function.detached(), std::invalid_argument);
  auto socket = routes.web_socket("/socket", chatting);
  CHECK_THROWS_AS(socket.message_parts(0), std::invalid_argument);
  CHECK_THROWS_AS(socket.subprotocol("a b"), std::invalid_argument);
  CHECK_THROWS_AS(socket.subprotocol(""), std::invalid_argument);
  CHECK_THROWS_AS(socket.subprotocol("chat").subprotocol("chat"), std::invalid_argument);
  CHECK_THROWS_AS(function.subprotocol("chat"), std::invalid_argument);
  auto options = websocket::deflate_options{};
  CHECK_THROWS_AS(function.deflate(options), std::invalid_argument);
  options.server_max_window_bits = 8;
  CHECK_THROWS_AS(socket.deflate(options), std::invalid_argument);
}

TEST_CASE("WebSocket messages are compressed only where a route says so (router.hpp)") {
  router routes;
  routes.web_socket("/plain", chatting);
  auto options = websocket::deflate_options{};
  options.client_max_window_bits = 10;
  routes.web_socket("/deflate", chatting).deflate(options);
  request head;
  head.path = "/plain";
  CHECK_FALSE(routes.find(head, true).target->deflate);
  head.path = "/deflate";
  CHECK(routes.find(head, true).target->deflate->client_max_window_bits == 10);
}

TEST_CASE("options of a route reach its endpoint (router.hpp)") {
  using namespace std::chrono_literals;
  router routes;
  routes.post("/a", streaming).pooled().content_limit(7).handler_deadline(3s);
  routes.web_socket("/b", chatting)
    .detached()
    .message_limit(9)
    .message_parts(4)
    .on_slow_consumer(slow_consumer::latest, 1)
    .subprotocol("v2.chat")
    .subprotocol("chat");
  request head;
  head.method = method::post;
  head.path = "/a";
  const auto http = routes.find(head, false);
  REQUIRE(http.target != nullptr);
  CHECK(http.target->where == placement::pooled);
  CHECK(http.target->limits.content == 7);
  CHECK(http.target->limits.handler_deadline == duration{3s});
  head.method = method::get;
  head.path = "/b";
  const auto socket = routes.find(head, true);
  REQUIRE(socket.target != nullptr);
  CHECK(socket.target->where == placement::detached);
  CHECK(socket.target->limits.message == 9);
  CHECK(socket.target->limits.message_part == 4);
  CHECK(socket.target->limits.push.on_full == slow_consumer::latest);
  CHECK(socket.target->limits.push.capacity == 1);
  CHECK(socket.target->subprotocols == std::vector<std::string>{"v2.chat", "chat"});
}

TEST_CASE("an endpoint stays where it is when routes are added and the router moves (router.hpp)") {
  router routes;
  routes.get("/a", plain);
  request head;
  head.path = "/a";
  const auto* const before = routes.find(head, false).target;
  for (auto i = 0; i < 100; ++i)
    routes.get("/a/" + std::to_string(i), plain);
  const auto moved = std::move(routes);
  CHECK(moved.find(head, false).target == before);
}

TEST_CASE("a thousand routes are told apart (router.hpp)") {
  constexpr auto count = 250;
  router routes;
  std::set<std::string> patterns;
  const auto add = [&](const std::string& pattern) {
    routes.get(pattern, plain);
    patterns.insert(pattern);
  };
  for (auto i = 0; i < count; ++i) {
    const auto top = "/service" + std::to_string(i);
    add(top);
    add(top + "/status");
    add(top + "/{id}/part");
    add(top + "/files/{rest...}");
  }
  REQUIRE(patterns.size() == 1000);
  for (auto i = 0; i < count; ++i) {
    CAPTURE(i);
    const auto top = "/service" + std::to_string(i);
    CHECK(get(routes, top).route == top);
    CHECK(get(routes, top + "/status").route == top + "/status");
    CHECK(get(routes, top + "/status/part").route == top + "/{id}/part");
    CHECK(get(routes, top + "/files/part").route == top + "/files/{rest...}");
    CHECK(get(routes, top + "/other").refusal.status == status::not_found);
  }
}

TEST_CASE("a path of many segments is searched in bounded depth (router.hpp)") {
  router routes;
  routes.get("/{a}/{b}/c", plain);
  routes.get("/x/{rest...}", plain);
  std::string path;
  for (auto i = 0; i < 100'000; ++i)
    path += "/x";
  CHECK(get(routes, path).route == "/x/{rest...}");
  CHECK(get(routes, "/y" + path).refusal.status == status::not_found);
}

// -- start and stop ------------------------------------------------------------------

TEST_CASE("what ends with the server ends in the other order and each has its turn (router.hpp)") {
  std::string log;
  router routes;
  for (const char name : {'a', 'b', 'c'})
    routes.on_stop([&log, name] {
      log += name;
      if (name != 'b')
        throw std::runtime_error{std::string{name}};
    });
  CHECK_THROWS_AS(routes.stop(), std::runtime_error);
  CHECK(log == "cba");
}

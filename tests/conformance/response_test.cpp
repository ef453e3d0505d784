// What a handler can't make the server say: lengths that are not so, and octets that split a
// response.

#include "tests/conformance/subject.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>

using namespace sluice;
using namespace sluice::testing;
using namespace std::string_literals;

namespace {

/// What a handler might be talked into putting in a field.
const std::vector<std::pair<std::string, std::string>>& poisons() {
  static const std::vector<std::pair<std::string, std::string>> all{
    {"X", "a\r\nSet-Cookie: evil=1"},
    {"X", "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\nevil"},
    {"X", "a\nevil: 1"},
    {"X", "a\revil: 1"},
    {"X", "evil\0"s},
    {"X", "evil\x01"},
    {"X", "evil\x7f"},
    {"Location", "/a\r\nevil: 1"},
    {"Content-Type", "text/html\r\nevil: 1"},
    {"Set-Cookie", "evil\r\n b"},
    {"evil\r\nX", "a"},
    {"evil\nX", "a"},
    {"evil:", "a"},
    {"evil ", "a"},
    {" evil", "a"},
    {"evil\0"s, "a"},
    {"", "evil"},
    {"evil\xc3\xbc", "a"},
    {"Transfer-Encoding", "evil"},
    {"Content-Length", "1, evil"},
    {"Content-Length", "-1"},
    {"Connection", "evil"},
    {"Keep-Alive", "evil"},
    {"Proxy-Connection", "evil"},
  };
  return all;
}

fields poison(std::string_view number) {
  const auto& [name, value] = poisons()[std::stoul(std::string{number})];
  fields head;
  head.add("Fine", "1").add(name, value);
  return head;
}

router poisoned_routes() {
  router routes;
  routes.get("/function/{n}", [](const request& head) {
    return response{status::found, poison(head.param("n")), "evil"};
  });
  routes.get("/respond/{n}", [](exchange& http) -> task {
    response whole{status::ok, poison(http.param("n")), "evil"};
    auto refused = false;
    try {
      co_await http.respond(std::move(whole));
    } catch (const handler_fault& fault) {
      refused = fault.why() == refusal::malformed;
    }
    const std::string answer = refused ? "refused" : "lost";
    co_await http.respond(status::ok, answer);
  });
  routes.get("/begin/{n}", [](exchange& http) -> task {
    auto head = poison(http.param("n"));
    auto refused = false;
    try {
      co_await http.begin(status::ok, std::move(head));
    } catch (const handler_fault& fault) {
      refused = fault.why() == refusal::malformed;
    }
    const std::string answer = refused ? "refused" : "lost";
    co_await http.respond(status::ok, answer);
  });
  routes.get("/trailers/{n}", [](exchange& http) -> task {
    auto trailers = poison(http.param("n"));
    auto refused = false;
    co_await http.begin(status::ok);
    try {
      co_await http.finish(std::move(trailers));
    } catch (const handler_fault& fault) {
      refused = fault.why() == refusal::malformed;
    }
    const std::string answer = refused ? "refused" : "lost";
    co_await http.send(answer);
    co_await http.finish();
  });
  return routes;
}

} // namespace

TEST_CASE("no field of a handler splits a response on any way out (S25)") {
  const auto routes = poisoned_routes();
  test_server server{routes};
  for (std::size_t i = 0; i < poisons().size(); ++i)
    for (const std::string path : {"/function/", "/respond/", "/begin/", "/trailers/"}) {
      CAPTURE(i);
      CAPTURE(path);
      raw_client client{server.port()};
      client.send("GET " + path + std::to_string(i)
                  + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const auto all = client.receive_all();
      CHECK(status_of(all) == (path == "/function/" ? "500" : "200"));
      CHECK(count_of(all, "HTTP/1.1 ") == 1);
      CHECK(all.find("evil") == std::string::npos);
      CHECK(all.find("Fine") == std::string::npos); // nothing of a refused head is left
      if (path != "/function/")
        CHECK(all.find("refused") != std::string::npos);
    }
}

TEST_CASE("a status that is none is refused on any way out (S25)") {
  router routes;
  routes.get("/{code}", [](exchange& http) -> task {
    const auto code = static_cast<status>(std::stoi(std::string{http.param("code")}));
    auto refusals = 0;
    try {
      co_await http.respond(code, "");
    } catch (const handler_fault&) {
      ++refusals;
    }
    try {
      co_await http.begin(code);
    } catch (const handler_fault&) {
      ++refusals;
    }
    auto answer = std::to_string(refusals);
    co_await http.respond(status::ok, std::move(answer));
  });
  test_server server{routes};
  raw_client client{server.port()};
  for (const std::string code :
       {"0", "1", "99", "100", "101", "199", "600", "999", "1000", "65535"}) {
    CAPTURE(code);
    client.send("GET /" + code + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.receive_response().ends_with("\r\n\r\n2"));
  }
}

/// The C library's, where the application has set a German locale; the machine need not have one.
extern "C" std::size_t strftime(char* text, std::size_t most, const char*,
                                const std::tm*) noexcept {
  constexpr std::string_view german = "So, 06 Mär 1994 08:49:37 GMT";
  if (most <= german.size())
    return 0;
  std::memcpy(text, german.data(), german.size());
  text[german.size()] = '\0';
  return german.size();
}

TEST_CASE("Date has its English names whatever the locale (RFC 9110 sec. 5.6.7)") {
  const subject server;
  const auto answer = server.answer_to("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto start = answer.find("\r\nDate: ");
  REQUIRE(start != std::string::npos);
  const auto date = answer.substr(start + 8, answer.find("\r\n", start + 8) - start - 8);
  const std::string shape = "Aaa, 00 Aaa 0000 00:00:00 GMT";
  REQUIRE(date.size() == shape.size());
  constexpr std::string_view weekdays = "Mon Tue Wed Thu Fri Sat Sun";
  constexpr std::string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
  CHECK(weekdays.find(date.substr(0, 3)) % 4 == 0);
  CHECK(months.find(date.substr(8, 3)) % 4 == 0);
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '0')
      CHECK((date[i] >= '0' && date[i] <= '9'));
    else if (shape[i] != 'A' && shape[i] != 'a')
      CHECK(date[i] == shape[i]);
}

TEST_CASE("a subprotocol that is no token is refused before it can be sent (S25)") {
  router routes;
  auto made = routes.web_socket("/", [](web_socket&) -> task { co_return; });
  for (const std::string_view name : {"a\r\nb: c", "a b", "", "a,b", "a\nb"})
    CHECK_THROWS_AS(made.subprotocol(name), std::invalid_argument);
}

TEST_CASE("a response shorter than declared is never complete (S25 S50)") {
  router routes;
  routes.get("/short", [](exchange& http) -> task {
    co_await http.begin(status::ok, {}, 10);
    co_await http.send("12345");
    co_await http.finish();
  });
  routes.get("/unfinished", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("12345");
  });
  test_server server{routes};
  for (const std::string version : {"1.1", "1.0"})
    for (const std::string path : {"/short", "/unfinished"}) {
      CAPTURE(version);
      CAPTURE(path);
      raw_client client{server.port()};
      client.send("GET " + path + " HTTP/" + version + "\r\nHost: a\r\n\r\n");
      const auto all = client.receive_all();
      CHECK(client.was_reset());
      CHECK(all.find("\r\n0\r\n\r\n") == std::string::npos);
    }
}

TEST_CASE("a response longer than declared is cut and is the handler's error (S25)") {
  const auto fault = std::make_shared<observed<std::string>>();
  router routes;
  routes.get("/", [fault](exchange& http) {
    return [](exchange& peer, auto seen) -> task {
      co_await peer.begin(status::ok, {}, 5);
      co_await peer.send("123");
      std::string why;
      try {
        co_await peer.send("456");
      } catch (const handler_fault& refused) {
        why = to_string(refused.why());
      }
      seen->update([&](auto& text) { text = why; });
      co_await peer.send("45");
      co_await peer.finish();
    }(http, fault);
  });
  routes.get("/contradiction", [](const request&) {
    auto whole = text("123");
    whole.fields.add("Content-Length", "4");
    return whole;
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /contradiction HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\n12345"));
  CHECK(fault->get() == to_string(refusal::length_mismatch));
  CHECK(status_of(client.receive_response()) == "500");
}

TEST_CASE("a response of unknown length is chunked to HTTP/1.1 and ends a 1.0 connection (S25)") {
  router routes;
  routes.get("/", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("abc");
    co_await http.send("");
    co_await http.send("defghijklm");
    fields trailers;
    trailers.add("X", "y");
    co_await http.finish(std::move(trailers));
  });
  test_server server{routes};
  {
    raw_client client{server.port()};
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const auto all = client.receive_all();
    CHECK(all.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\n3\r\nabc\r\na\r\ndefghijklm\r\n0\r\nX: y\r\n\r\n"));
  }
  for (const std::string_view lines : {"", "Connection: keep-alive\r\n"}) {
    raw_client client{server.port()};
    client.send("GET / HTTP/1.0\r\n" + std::string{lines} + "\r\n" + std::string{hidden});
    const auto all = client.receive_all();
    CHECK(all.find("Transfer-Encoding") == std::string::npos);
    CHECK(all.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\nabcdefghijklm"));
    CHECK_FALSE(client.was_reset());
  }
}

// RFC 9112 in its order: the end of content, persistence, pipelining, half-close.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

std::string get(std::string_view version, std::string_view lines) {
  return "GET / HTTP/" + std::string{version} + "\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

} // namespace

TEST_CASE("persistence follows version and Connection (S13)") {
  const subject server;
  struct wish {
    std::string_view version;
    std::string_view lines;
    bool persists;
  };
  for (const auto& one : std::vector<wish>{
         {"1.1", "", true},
         {"1.1", "Connection: keep-alive\r\n", true},
         {"1.1", "Connection: closed\r\n", true},
         {"1.1", "Connection: not-close, foo\r\n", true},
         {"1.1", "Connection: close\r\n", false},
         {"1.1", "Connection: Close\r\n", false},
         {"1.1", "connection: foo,CLOSE ,bar\r\n", false},
         {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
         {"1.1", "Connection: keep-alive, close\r\n", false},
         {"1.0", "", false},
         {"1.0", "Connection: keep-alive\r\n", true},
         {"1.0", "Connection: Keep-Alive, foo\r\n", true},
         {"1.0", "Connection: keep-alive, close\r\n", false},
         {"1.0", "Keep-Alive: 300\r\n", false},
         {"1.0", "Proxy-Connection: keep-alive\r\n", false},
       }) {
    CAPTURE(one.version);
    CAPTURE(one.lines);
    const auto is_old = one.version == "1.0";
    const auto all = server.answer_to(get(one.version, one.lines)
                                      + get("1.1", "Connection: close\r\n"));
    CHECK(count_of(all, "HTTP/1.1 200 ") == (one.persists ? 2 : 1));
    CHECK(count_of(all, "Connection: keep-alive\r\n") == (one.persists && is_old ? 1 : 0));
    CHECK(count_of(all, "Connection: close\r\n") == 1);
  }
}

TEST_CASE("pipelined requests are answered in order and one at a time (S12 S21)") {
  const auto running = std::make_shared<observed<std::pair<int, int>>>(); // now, most
  router routes;
  routes.get("/slow/{name}", [running](exchange& http) {
    return [](exchange& peer, auto count) -> task {
      count->update([](auto& n) { n.second = std::max(n.second, ++n.first); });
      co_await peer.delay(std::chrono::milliseconds{2});
      count->update([](auto& n) { --n.first; });
      auto name = std::string{peer.param("name")};
      co_await peer.respond(status::ok, std::move(name));
    }(http, running);
  });
  routes.get("/fast/{name}",
             [](const request& head) { return text(std::string{head.param("name")}); });
  test_server server{routes};
  raw_client client{server.port()};
  std::string all;
  for (auto i = 0; i < 50; ++i)
    all += (i % 3 == 0 ? "GET /slow/" : "GET /fast/") + std::to_string(i)
           + " HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(all);
  for (auto i = 0; i < 50; ++i)
    CHECK(client.receive_response().ends_with("\r\n\r\n" + std::to_string(i)));
  CHECK(running->get().second == 1);
}

TEST_CASE("nothing behind a request that closes is a request (S13 S21)") {
  const subject server;
  const auto all = server.answer_to(get("1.1", "Connection: close\r\n") + std::string{hidden});
  CHECK(count_of(all, "HTTP/1.1 ") == 1);
  CHECK(server.calls->get() == std::vector<std::string>{"GET /"});
}

TEST_CASE("a complete request is answered after the client has shut down its side (S41)") {
  const subject server;
  std::string wire;
  int answers = 1;
  SUBCASE("without content") {
    wire = get("1.1", "");
  }
  SUBCASE("with content") {
    wire = "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  }
  SUBCASE("chunked") {
    wire =
      "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  }
  SUBCASE("pipelined") {
    answers = 300;
    for (auto i = 0; i < 150; ++i)
      wire += get("1.1", "") + "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  }
  raw_client client{server.port()};
  client.send(wire);
  client.shutdown_write();
  const auto all = client.receive_all();
  CHECK(count_of(all, "HTTP/1.1 200 ") == static_cast<std::size_t>(answers));
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("an end of stream inside a head is 400 and inside content no answer (S13)") {
  const subject server;
  {
    raw_client client{server.port()};
    client.send("GET / HTTP/1.1\r\nHos");
    client.shutdown_write();
    CHECK(status_of(client.receive_all()) == "400");
  }
  for (const std::string_view wire :
       {"POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc",
        "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"}) {
    CAPTURE(wire);
    raw_client client{server.port()};
    client.send(wire);
    client.shutdown_write();
    CHECK(client.receive_all().empty());
  }
}

TEST_CASE(
  "an end of stream in content that is already answered brings no second answer (S13 S21)") {
  const subject server;
  raw_client client{server.port()};
  client.send("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789");
  client.shutdown_write();
  const auto all = client.receive_all();
  CHECK(status_of(all) == "404");
  CHECK(count_of(all, "HTTP/1.1 ") == 1);
}

TEST_CASE("an end of stream between requests is no error (S13)") {
  const subject server;
  raw_client client{server.port()};
  client.send(get("1.1", ""));
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  client.shutdown_write();
  CHECK(client.receive_all().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("an early answer keeps the connection where little is left to discard (S22 S23)") {
  const subject server{[](config& wishes) { wishes.limits.drain_content = 1000; }};
  const auto post = [](std::size_t length) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n"
           + std::string(length, 'x');
  };
  CHECK(
    count_of(server.answer_to(post(1000) + get("1.1", "Connection: close\r\n")), "HTTP/1.1 200 ")
    == 2);
  const auto ended = server.answer_to(post(1001) + std::string{hidden});
  CHECK(count_of(ended, "HTTP/1.1 ") == 1);
  CHECK(ended.find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("an early answer reaches a client that sends on however often (S22)") {
  const subject server;
  const std::string content(3'000'000, 'x');
  for (auto i = 0; i < 20; ++i) {
    CAPTURE(i);
    raw_client client{server.port()};
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + content);
    CHECK(client.receive_all().ends_with("\r\n\r\nfine"));
    CHECK_FALSE(client.was_reset());
  }
}

TEST_CASE("the header deadline runs from the first octet and no octet renews it (S53)") {
  subject server{{}, true};
  raw_client client{server.port()};
  client.send(get("1.1", ""));
  client.receive_response();
  // Each octet comes well before ten seconds have passed since the one before.
  const std::string slow = "GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  auto passed = 0;
  for (const char octet : slow) {
    client.send({&octet, 1});
    passed += server.server.seconds_until([&] { return client.is_readable(); }, 2);
    if (client.is_readable())
      break;
  }
  CHECK(client.is_readable());
  CHECK(status_of(client.receive_all()) == "408");
  CHECK(passed == 10);
}

TEST_CASE("empty lines give an idle connection no more time (S53 S55)") {
  subject server{{}, true};
  raw_client client{server.port()};
  client.send(get("1.1", ""));
  client.receive_response();
  auto passed = 0;
  while (passed < 300 && !client.is_readable()) {
    client.send("\r\n");
    passed += server.server.seconds_until([&] { return client.is_readable(); }, 2);
  }
  CHECK(client.receive_all().empty());
  CHECK(passed == 60);
}

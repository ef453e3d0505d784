// What a server has recorded of a client, played again.

#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view without = "sluice-record 1 without content, from \"127.0.0.1:5\"\n";
constexpr std::string_view with = "sluice-record 1 with content, from \"127.0.0.1:5\"\n";

flight_record record_of(std::string_view head, std::string_view lines) {
  return flight_record::parse(std::string{head}.append(lines));
}

/// Fails at the third chunk, whatever is in it.
task fails_at_third(exchange& http) {
  auto count = 0;
  while (const auto chunk = co_await http.content().next())
    if (++count == 3)
      throw std::runtime_error{"the third has " + std::to_string(chunk->size())};
  co_await http.respond(status::ok, std::to_string(count));
}

router upload_routes() {
  router routes;
  routes.post("/upload", fails_at_third);
  return routes;
}

} // namespace

TEST_CASE("a failure is played again from the sizes of what was delivered (replay.hpp)") {
  const auto routes = upload_routes();
  std::string framing;
  SUBCASE("with a length") {
    framing = " octets=1000 words=\"POST /upload\"\n";
  }
  SUBCASE("in chunks") {
    framing = " words=\"POST /upload chunked\"\n";
  }
  replay again{record_of(without, "0.000000001 received octets=500\n0.000000002 request" + framing
                                    + "0.000000003 started\n"
                                      "0.000000004 chunk octets=100\n"
                                      "1.000000000 acknowledged\n"
                                      "1.000000001 chunk octets=200\n"
                                      "2.000000000 acknowledged\n"
                                      "2.000000001 chunk octets=300\n"
                                      "2.000000002 failed words=\"the third has 300\"\n"
                                      "2.000000003 sent octets=200\n"),
               routes};
  again.run();
  CHECK(again.recorded_failure() == "the third has 300");
  CHECK(again.failure().find("the third has 300") != std::string::npos);
  CHECK(again.client().handler().delivered.size() == 3);
  CHECK(again.client().response().status == 500);
}

TEST_CASE("octets that were kept are played as they came (replay.hpp)") {
  router routes;
  std::vector<std::string> seen;
  routes.post("/upload", [&](exchange& http) -> task {
    while (const auto chunk = co_await http.content().next())
      seen.emplace_back(chunk->text());
    co_await http.respond(status::ok);
  });
  replay again{record_of(with,
                         "0.000000000 received octets=57 content=\"POST /upload HTTP/1.1\\x0d\\x0a"
                         "Host: a\\x0d\\x0aContent-Length: 8\\x0d\\x0a\\x0d\\x0aabcd\"\n"
                         "0.000000000 request octets=8 words=\"POST /upload\"\n"
                         "0.000000000 chunk octets=4\n"
                         "0.000000000 acknowledged\n"
                         "3.000000000 received octets=4 content=\"ef\"\n"),
               routes};
  again.run();
  CHECK(seen == std::vector<std::string>{"abcd", "efxx"}); // of the last only two were kept
  CHECK(again.client().response().status == 200);
  CHECK(again.failure().empty());
}

TEST_CASE("a deadline passes as it did (replay.hpp)") {
  router routes;
  routes.post("/upload", [](exchange& http) -> task {
    const auto all = co_await http.content().whole();
    co_await http.delay(100s);
    co_await http.respond(status::ok, std::to_string(all.size()));
  });
  replay again{record_of(without, "0.000000000 request octets=5 words=\"POST /upload\"\n"
                                  "0.000000000 chunk octets=5\n"
                                  "60.000000000 failed words=\"it took longer than its deadline\"\n"
                                  "60.000000000 cancelled words=\"handler_deadline\"\n"),
               routes};
  again.run();
  CHECK(again.failure() == again.recorded_failure());
  CHECK(again.client().handler().cancelled == cancel_reason::handler_deadline);
  CHECK(again.client().response().status == 503);
}

TEST_CASE("a client goes as it went (replay.hpp)") {
  const auto routes = upload_routes();
  const std::string begin = "0.000000000 request octets=500 words=\"POST /upload\"\n"
                            "0.000000000 chunk octets=100\n";
  auto expected = cancel_reason::peer_closed;
  std::string end;
  SUBCASE("it shut down its side") {
    end = "1.000000000 peer_end\n";
  }
  SUBCASE("it was seen to have, though nothing was read") {
    end = "1.000000000 cancelled words=\"peer_closed\"\n";
  }
  SUBCASE("by a reset") {
    end = "1.000000000 cancelled words=\"peer_reset\"\n";
    expected = cancel_reason::peer_reset;
  }
  SUBCASE("its host vanished") {
    end = "1.000000000 cancelled words=\"peer_vanished\"\n";
    expected = cancel_reason::peer_vanished;
  }
  replay again{record_of(without, begin + end), routes};
  again.run();
  CHECK(again.client().handler().cancelled == expected);
  CHECK_FALSE(again.client().handler().is_alive());
}

TEST_CASE("a network without room is played as one (replay.hpp)") {
  router routes;
  auto sent = 0;
  routes.get("/", [&](exchange& http) -> task {
    co_await http.begin(status::ok);
    for (; sent < 100; ++sent)
      co_await http.send(std::string(64 * 1024, 'x'));
    co_await http.finish();
  });
  replay again{record_of(without, "0.000000000 request words=\"GET /\"\n"
                                  "0.000000001 sent octets=65536\n"
                                  "0.000000002 network_full\n"
                                  "1.000000000 sent octets=65536\n"
                                  "1.000000001 network_full\n"),
               routes};
  again.run();
  CHECK(sent > 1);
  CHECK(sent < 10);
  again.client().read_on();
  again.service().run();
  CHECK(sent == 100);
}

TEST_CASE("messages and the client's Close are played (replay.hpp)") {
  router routes;
  routes.web_socket("/chat", [](web_socket& socket) -> task {
    while (const auto next = co_await socket.next())
      co_await socket.send(*next);
    throw std::runtime_error{"gone"};
  });
  replay again{record_of(without, "0.000000000 request words=\"GET /chat websocket\"\n"
                                  "0.100000000 text octets=3\n"
                                  "0.200000000 binary octets=2\n"
                                  "0.300000000 content_end\n"
                                  "0.300000001 failed words=\"gone\"\n"),
               routes};
  again.run();
  const auto messages = again.client().messages();
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].kind == message_kind::text);
  CHECK(messages[0].content.size() == 3);
  CHECK(messages[1].kind == message_kind::binary);
  CHECK(messages[1].content.size() == 2);
  CHECK(again.failure().find("gone") != std::string::npos);
}

TEST_CASE("content that was left out is made up, framing is not (replay.hpp)") {
  router routes;
  std::size_t total = 0;
  routes.post("/upload", [&](exchange& http) -> task {
    while (const auto chunk = co_await http.content().next())
      total += chunk->size();
    co_await http.respond(status::ok);
  });
  const auto lines_of = [](std::string_view request) {
    return std::string{"0.000000000 "}.append(request).append("0.000000000 chunk octets=100\n"
                                                              "1.000000000 left_out octets=800\n"
                                                              "2.000000000 chunk octets=100\n");
  };
  replay again{record_of(without, lines_of("request octets=1000 words=\"POST /upload\"\n")),
               routes};
  again.run();
  CHECK(total == 1000);
  CHECK(again.client().response().status == 200);
  replay chunked{record_of(without, lines_of("request words=\"POST /upload chunked\"\n")), routes};
  CHECK_THROWS_AS(chunked.run(), std::runtime_error);
}

TEST_CASE("a connection begins where its record does (replay.hpp)") {
  const auto routes = upload_routes();
  replay again{record_of(without, "600.000000000 request octets=3 words=\"POST /upload\"\n"
                                  "600.000000000 chunk octets=1\n"
                                  "601.000000000 chunk octets=1\n"
                                  "602.000000000 chunk octets=1\n"),
               routes};
  again.run();
  CHECK(again.failure().find("the third has 1") != std::string::npos);
}

TEST_CASE("content that nobody wanted is made up before the next request (replay.hpp)") {
  const auto routes = upload_routes();
  replay again{record_of(without, "0.000000000 request octets=1000 words=\"POST /nowhere\"\n"
                                  "1.000000000 request words=\"POST /upload chunked\"\n"
                                  "1.000000000 chunk octets=1\n"
                                  "1.000000000 content_end\n"),
               routes};
  again.run();
  REQUIRE(again.client().responses().size() == 2);
  CHECK(again.client().responses()[0].status == 404);
  CHECK(again.client().responses()[1].status == 200);
}

TEST_CASE("octets that were not kept are content or an error (replay.hpp)") {
  const auto routes = upload_routes();
  const auto play = [&](std::string_view lines) {
    replay again{record_of(with, lines), routes};
    again.run();
    return again.client().response().status;
  };
  const std::string head = "content=\"POST /upload HTTP/1.1\\x0d\\x0aHost: a\\x0d\\x0a";
  CHECK(play("0.000000000 received octets=56 " + head
             + "Content-Length: 3\\x0d\\x0a\\x0d\\x0a\"\n"
               "0.000000000 request octets=3 words=\"POST /upload\"\n")
        == 200);
  CHECK_THROWS_AS(play("0.000000000 received octets=100 " + head
                       + "Transfer-Encoding: chunked\\x0d\\x0a\\x0d\\x0a\"\n"
                         "0.000000000 request words=\"POST /upload chunked\"\n"),
                  std::runtime_error);
  CHECK_THROWS_AS(play("0.000000000 received octets=100 " + head
                       + "\"\n0.000000000 request octets=3 words=\"POST /upload\"\n"),
                  std::runtime_error);
}

TEST_CASE("a record that can't be read is an error that says so (replay.hpp)") {
  for (const auto* path : {"/nowhere/at/all.record", "/tmp", "/dev/null"}) {
    CAPTURE(path);
    CHECK_THROWS_WITH_AS(static_cast<void>(load_record(path)),
                         doctest::Contains("can't read the record /"), std::runtime_error);
  }
}

// Expect and 100 Continue: RFC 9110 sec. 10.1.1.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string post(std::string_view target, std::string_view lines) {
  return "POST " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n" + std::string{lines} + "\r\n";
}

} // namespace

TEST_CASE("100 Continue comes with the first demand and once (S16)") {
  const subject server;
  raw_client client{server.port()};
  std::string head;
  std::string content = "abcdef";
  SUBCASE("Content-Length") {
    head = post("/sink", "Expect: 100-continue\r\nContent-Length: 6\r\n");
  }
  SUBCASE("mixed case") {
    head = post("/sink", "eXPECT: 100-Continue\r\nContent-Length: 6\r\n");
  }
  SUBCASE("twice and with empty members") {
    head = post("/sink",
                "Expect: ,100-continue , \r\nExpect: 100-continue\r\nContent-Length: 6\r\n");
  }
  SUBCASE("chunked") {
    head = post("/sink", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n");
    content = "6\r\nabcdef\r\n0\r\n\r\n";
  }
  client.send(head);
  CHECK(client.receive_until("\r\n\r\n") == go_on);
  client.send(content.substr(0, 4));
  client.send(content.substr(4));
  CHECK(client.receive_response().ends_with("\r\n\r\nabcdef|"));
  // The connection is as good as before.
  client.send(head + content);
  const auto again = client.receive_response();
  CHECK(again.ends_with("\r\n\r\nabcdef|"));
  CHECK(count_of(again, "HTTP/1.1 ") == 1); // content came along: no 100
}

TEST_CASE("no 100 Continue where none is due (S16)") {
  const subject server;
  raw_client client{server.port()};
  SUBCASE("HTTP/1.0") {
    client.send("POST /sink HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    server.server.settle();
    CHECK_FALSE(client.is_readable());
    client.send("abc");
    CHECK(status_of(client.receive_all()) == "200");
  }
  SUBCASE("no content") {
    client.send(post("/sink", "Expect: 100-continue\r\n"));
    CHECK(status_of(client.receive_response()) == "200");
  }
  SUBCASE("content of no octets") {
    client.send(post("/sink", "Expect: 100-continue\r\nContent-Length: 0\r\n"));
    CHECK(status_of(client.receive_response()) == "200");
  }
  SUBCASE("an empty list") {
    client.send(post("/sink", "Expect:\r\nContent-Length: 3\r\n") + "abc");
    CHECK(status_of(client.receive_response()) == "200");
  }
  SUBCASE("a part of the content came along") {
    client.send(post("/sink", "Expect: 100-continue\r\nContent-Length: 3\r\n") + "a");
    server.server.settle();
    CHECK_FALSE(client.is_readable());
    client.send("bc");
    CHECK(status_of(client.receive_response()) == "200");
  }
}

TEST_CASE("an answer without demand ends the connection and takes nothing for a request (S16)") {
  // The client may send its content or its next request: nobody can tell which.
  const subject server;
  for (const std::string_view lines : {"Expect: 100-continue\r\nContent-Length: 36\r\n",
                                       "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"})
    for (const std::string_view target : {"/", "/nowhere"}) {
      CAPTURE(lines);
      CAPTURE(target);
      const auto answer = server.answer_to(post(target, lines) + std::string{hidden});
      CHECK(count_of(answer, "HTTP/1.1 ") == 1);
      CHECK(status_of(answer) == (target == "/" ? "200" : "404"));
      CHECK(count_of(answer, "\r\nConnection: close\r\n") == 1);
    }
  for (const auto& call : server.calls->get())
    CHECK(call == "POST /");
}

TEST_CASE("an answer without demand does not wait for content that is withheld (S16)") {
  const subject server;
  raw_client client{server.port()};
  client.send(post("/", "Expect: 100-continue\r\nContent-Length: 1000\r\n"));
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  CHECK(client.receive_all().empty());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("an unknown expectation is 417 (S16)") {
  const subject server;
  for (const std::string_view expect :
       {"Expect: miracles\r\n", "Expect: 100-continue, miracles\r\n",
        "Expect: miracles, 100-continue\r\n", "Expect: 100-continue\r\nExpect: miracles\r\n",
        "Expect: 100-continue;q=1\r\n", "Expect: 100\r\n"}) {
    CAPTURE(expect);
    raw_client client{server.port()};
    client.send(post("/sink", expect));
    CHECK(status_of(client.receive_response()) == "417");
    // Without content nothing is in doubt, so the connection goes on.
    client.send(post("/", ""));
    CHECK(status_of(client.receive_response()) == "200");
    // With content it is not known whether the client sends it.
    client.send(post("/sink", std::string{expect} + "Content-Length: 36\r\n")
                + std::string{hidden});
    const auto answer = client.receive_all();
    CHECK(status_of(answer) == "417");
    CHECK(count_of(answer, "HTTP/1.1 ") == 1);
    CHECK(count_of(answer, "\r\nConnection: close\r\n") == 1);
  }
  for (const auto& call : server.calls->get())
    CHECK(call == "POST /");
}

TEST_CASE("no 100 Continue follows a final status (S16)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    co_await http.begin(status::ok, {}, 2);
    const auto piece = co_await http.content().next();
    const std::string all = piece ? "ok" : "no";
    co_await http.send(all);
    co_await http.finish();
  });
  test_server server{routes};
  raw_client client{server.port()};
  client.send(post("/", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
  CHECK(status_of(client.receive_until("\r\n\r\n")) == "200");
  server.settle();
  CHECK_FALSE(client.is_readable());
  client.send("abc");
  CHECK(client.receive_all() == "ok");
}

TEST_CASE("content over the limit is 413 before 100 and before the handler (S16 S17 S58)") {
  const auto ran = std::make_shared<observed<int>>();
  router routes;
  routes
    .post("/",
          [ran](exchange& http) {
            return [](exchange& peer, auto count) -> task {
              count->update([](int& runs) { ++runs; });
              while (auto piece = co_await peer.content().next()) {}
              co_await peer.respond(status::ok, "all");
            }(http, ran);
          })
    .content_limit(10);
  test_server server{routes};
  raw_client client{server.port()};
  client.send(post("/", "Expect: 100-continue\r\nContent-Length: 11\r\n"));
  const auto answer = client.receive_all();
  CHECK(status_of(answer) == "413");
  CHECK(count_of(answer, "HTTP/1.1 ") == 1);
  CHECK(ran->get() == 0);
}

// What leaves, what waits, and who is told.

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece_size = 60'000;

/// Asks for `count` pieces at once. Counts those that left, were refused, and came to nothing else.
struct tally {
  int sent = 0;
  int refused = 0;
  bool has_ended = false;
};
using shared_tally = std::shared_ptr<tally>;

class end_note {
public:
  explicit end_note(shared_tally to) : to_{std::move(to)} {}
  end_note(const end_note&) = delete;
  end_note& operator=(const end_note&) = delete;
  ~end_note() { to_->has_ended = true; }

private:
  shared_tally to_;
};

task flood_content(exchange& http, shared_tally count, int pieces) {
  const end_note note{count};
  std::vector<pending_answer> answers;
  answers.push_back(http.begin(status::ok));
  for (auto i = 0; i < pieces; ++i)
    answers.push_back(http.send(octets{std::string(piece_size, 'x')}));
  for (auto& answer : answers) {
    try {
      co_await answer;
      ++count->sent;
    } catch (const handler_fault& fault) {
      ++count->refused;
    }
  }
}

router flooding(const shared_tally& count, int pieces) {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.get("/flood", [=](exchange& http) { return flood_content(http, count, pieces); });
  return routes;
}

const std::string get_flood = "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a handler that sends without waiting is refused at the cap (S47 S48)") {
  const auto count = std::make_shared<tally>();
  const auto routes = flooding(count, 100);
  connection_fixture client{routes};
  client.stop_reading();
  client.send(get_flood);
  client.run();
  client.read_on();
  client.run();
  // What the kernel takes at once does not count; the rest stays within the cap.
  const auto within_cap = static_cast<int>(settings{}.output_cap / piece_size);
  CHECK(count->sent + count->refused == 101);
  CHECK(count->sent <= within_cap + 2);
  CHECK(count->sent >= within_cap - 1);
}

TEST_CASE("a send is answered when its octets have left and not before (S49)") {
  const auto count = std::make_shared<tally>();
  const auto routes = flooding(count, 10);
  connection_fixture client{routes};
  client.stop_reading();
  client.send(get_flood);
  client.run();
  // The head, and one piece that fits the kernel.
  CHECK(count->sent == 2);
  client.read_on();
  client.run();
  CHECK(count->sent == 11);
}

TEST_CASE("every waiter is released when the client goes (S45 S49)") {
  const auto count = std::make_shared<tally>();
  const auto routes = flooding(count, 10);
  connection_fixture client{routes};
  client.stop_reading();
  client.send(get_flood);
  client.run();
  REQUIRE_FALSE(count->has_ended);
  SUBCASE("by a reset") {
    client.reset();
    client.run();
  }
  SUBCASE("without a word") {
    client.vanish();
    client.advance(settings{}.write_deadline);
  }
  CHECK(count->has_ended);
  CHECK_FALSE(client.is_alive());
}

TEST_CASE("a write to a client that is gone ends as its reset does (S46)") {
  // Closed with its window open, unseen by who does not read: the next write meets the reset.
  const auto log = std::make_shared<observed<puppet_log>>();
  router routes;
  routes.post("/http", puppet(log, pace::never, true));
  connection_fixture client{routes};
  client.send("POST /http HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  client.close();
  client.run();
  CHECK(log->get().cancelled.empty()); // it may have shut down its side only (S41)
  order(*log, caf::make_message(begin_order::value));
  client.run();
  CHECK(log->get().cancelled == std::vector{cancel_reason::peer_reset});
  CHECK_FALSE(client.is_open());
}

TEST_CASE("head and first content leave in one write (S51)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  routes.get("/streamed", [](exchange& http) -> task {
    auto head = http.begin(status::ok);
    auto first = http.send("first");
    co_await head;
    co_await first;
    co_await http.finish();
  });
  for (const std::string target : {"/", "/streamed"}) {
    CAPTURE(target);
    connection_fixture client{routes};
    client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    client.run();
    CHECK(client.peer().first_write.find("\r\n\r\n") != std::string::npos);
    CHECK_FALSE(client.peer().first_write.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("a response that its handler leaves unfinished ends with a reset (S50)") {
  router routes;
  routes.get("/half", [](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("half");
    throw std::runtime_error{"on purpose"};
  });
  connection_fixture client{routes};
  client.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK(client.peer().saw_reset);
  CHECK_FALSE(client.peer().saw_end);
  CHECK(client.peer().received.find("0\r\n\r\n") == std::string::npos);
}

TEST_CASE("heads and trailers count against the cap (S47)") {
  fields many;
  for (auto i = 0; i < 20; ++i)
    many.add("X-Large", std::string(100'000, 'h'));
  std::string outcome;
  router routes;
  routes.get("/function", [&many](const request&) {
    auto answer = text("x");
    answer.fields = many;
    return answer;
  });
  const auto try_out = [&outcome](exchange& http, auto first) -> task {
    try {
      co_await first(http);
      outcome = "sent";
    } catch (const handler_fault& fault) {
      outcome = fault.what();
    }
    if (http.request().path == "/trailers")
      co_await http.finish();
    else
      co_await http.respond(status::ok, "small");
  };
  routes.get("/whole", [&](exchange& http) {
    return try_out(http, [&many](exchange& to) {
      auto answer = text("x");
      answer.fields = many;
      return to.respond(std::move(answer));
    });
  });
  routes.get("/begun", [&](exchange& http) {
    return try_out(http, [&many](exchange& to) { return to.begin(status::ok, many); });
  });
  routes.get("/trailers", [&](exchange& http) {
    [[maybe_unused]] const auto begun = http.begin(status::ok);
    return try_out(http, [&many](exchange& to) { return to.finish(many); });
  });
  connection_fixture client{routes};
  SUBCASE("of a function") {
    client.send("GET /function HTTP/1.1\r\nHost: a\r\n\r\n");
    client.run();
    CHECK(client.peer().received.starts_with("HTTP/1.1 500 "));
    return;
  }
  std::string path;
  SUBCASE("of a whole response") {
    path = "/whole";
  }
  SUBCASE("of a streamed response") {
    path = "/begun";
  }
  SUBCASE("the trailers of a streamed response") {
    path = "/trailers";
  }
  client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK(outcome == to_string(refusal::output_full));
  CHECK(client.peer().received.starts_with("HTTP/1.1 200 "));
  CHECK(client.peer().received.ends_with(path == "/trailers" ? "0\r\n\r\n" : "small"));
  CHECK(client.is_open());
}

TEST_CASE("a response whose trailers find no room can be ended without them (S47 S50)") {
  router routes;
  std::string outcome;
  routes.get("/", [&outcome](exchange& http) {
    return [](exchange& peer, std::string& what) -> task {
      co_await peer.begin(status::ok);
      std::vector<pending_answer> pieces;
      for (auto i = 0; i < 40; ++i) // more than there is room for
        pieces.push_back(peer.send(octets{std::string(50'000, 'x')}));
      const fields trailers{{"X-Trailer", std::string(60'000, 't')}};
      try {
        co_await peer.finish(trailers);
      } catch (const handler_fault& fault) {
        what = fault.what();
      }
      co_await peer.finish();
    }(http, outcome);
  });
  routes.get("/next", [](const request&) { return text("fine"); });
  connection_fixture client{routes};
  client.stop_reading();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK(outcome == to_string(refusal::output_full));
  client.read_on();
  client.run();
  CHECK(client.peer().received.ends_with("x\r\n0\r\n\r\n"));
  client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK(client.peer().received.ends_with("fine"));
}

TEST_CASE("a whole response may be as large as the cap although another waits (S21 S47)") {
  const auto large = std::string(settings{}.output_cap - 1000, 'l');
  router routes;
  routes.get("/small", [](const request&) { return text(std::string(15'000, 's')); });
  routes.get("/function", [&](const request&) { return text(large); });
  routes.get("/loop", [&](exchange& http) -> task { co_await http.respond(text(large)); });
  routes.get("/pool", [&](exchange& http) -> task { co_await http.respond(text(large)); }).pooled();
  for (const std::string path : {"/function", "/loop", "/pool"}) {
    CAPTURE(path);
    connection_fixture client{routes};
    client.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\nGET " + path
                + " HTTP/1.1\r\nHost: a\r\n\r\n");
    client.run();
    CHECK(client.peer().received.ends_with(large));
    CHECK(client.peer().received.find("HTTP/1.1 500") == std::string::npos);
  }
}

TEST_CASE("a message as large as its limit can be sent back whatever the limit is (S47)") {
  const std::string large(3'000'000, 'x');
  settings limits;
  router routes;
  auto route = routes.web_socket("/ws", [](web_socket& socket) -> task {
    while (auto next = co_await socket.next())
      co_await socket.send(*std::move(next));
  });
  SUBCASE("of the settings") {
    limits.max_message_size = large.size();
  }
  SUBCASE("of the route") {
    route.message_limit(large.size());
  }
  connection_fixture client{routes, limits};
  client.send(handshake("/ws") + client_frame(0x82, large));
  client.run();
  CHECK(client.peer().received.size() > large.size());
  CHECK(client.count().handler_failures.load() == 0);
  CHECK(memory_bound(limits, routes.extremes()) > memory_bound({}, {}) + 4 * 1024 * 1024);
}

TEST_CASE("a message that finds no room names the flag that would make some (S47)") {
  settings limits;
  limits.output_cap = 1024 * 1024;
  router routes;
  routes
    .web_socket("/coroutine",
                [](web_socket& socket) -> task {
                  while (auto next = co_await socket.next())
                    co_await socket.send(*std::move(next));
                })
    .message_limit(4'000'000);
  routes
    .web_socket("/function",
                [](const request&, const message& said) { return std::optional{said}; })
    .message_limit(4'000'000);
  for (const auto* path : {"/coroutine", "/function"}) {
    CAPTURE(path);
    connection_fixture client{routes, limits};
    client.send(handshake(path) + client_frame(0x82, std::string(2'000'000, 'x')));
    client.run();
    REQUIRE(client.reports().size() == 1);
    CHECK(client.reports().front().find("--output-cap") != std::string::npos);
  }
}

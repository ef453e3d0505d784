// How octets are cut on their way changes nothing that a handler can see.

#include "tests/conformance/subject.hpp"

#include <caf/event_based_actor.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Heads, content, trailers, empty content, an early answer: and each ends where the next begins.
constexpr std::string_view stream = "GET / HTTP/1.1\r\nHost: a\r\nX: \t y\t \r\n\r\n"
                                    "POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n"
                                    "hello\r\n\r\nyou"
                                    "\r\nPOST /sink HTTP/1.1\r\nHost: a\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n"
                                    "3;a=\"b;c\"\r\nabc\r\n0A\r\n0123456789\r\n1\r\n\n\r\n"
                                    "0;z\r\nT: u\r\nV:\r\n\r\n"
                                    "PUT /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
                                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET "
                                    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                                    "GET /sink HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// All that comes back, without the dates.
std::string without_dates(std::string all) {
  for (auto at = all.find("Date: "); at != std::string::npos; at = all.find("Date: "))
    all.erase(at, all.find("\r\n", at) + 2 - at);
  return all;
}

const std::vector<std::string> expected_calls{"GET /",     "POST /sink", "POST /sink",
                                              "PUT /sink", "POST /",     "GET /sink"};

} // namespace

TEST_CASE("a pipelined stream gives the same answers whatever one read brings (S11 S12 S21)") {
  std::string whole;
  for (std::size_t read_size = stream.size(); read_size > 0; --read_size) {
    CAPTURE(read_size);
    const subject server{[=](config& wishes) {
      wishes.limits.chunk_size = read_size;
      wishes.threads = 1;
    }};
    const auto all = without_dates(server.answer_to(stream));
    if (whole.empty()) {
      whole = all;
      CHECK(count_of(whole, "HTTP/1.1 200 ") == 7);
      CHECK(whole.find("\r\n\r\nhello\r\n\r\nyou|HTTP") != std::string::npos);
      CHECK(whole.find("\r\n\r\nabc0123456789\n|T=u;V=;HTTP") != std::string::npos);
    }
    CHECK(all == whole);
    auto calls = server.calls->get();
    std::erase(calls, "HEAD /");
    CHECK(calls == expected_calls);
  }
}

TEST_CASE("a pipelined stream gives the same answers at every cut (S11 S12 S21)") {
  const subject server;
  const auto whole = without_dates(server.answer_to(stream));
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    CAPTURE(cut);
    raw_client client{server.port()};
    client.send(stream.substr(0, cut));
    client.send(stream.substr(cut));
    CHECK(without_dates(client.receive_all()) == whole);
  }
}

TEST_CASE("one read that holds a thousand chunks becomes one chunk (S11)") {
  const auto sizes = std::make_shared<observed<std::vector<std::size_t>>>();
  router routes;
  routes.post("/", [sizes](exchange& http) {
    return [](exchange& peer, auto seen) -> task {
      std::string all;
      while (auto piece = co_await peer.content().next()) {
        all += piece->text();
        seen->update([&](auto& list) { list.push_back(piece->size()); });
      }
      co_await peer.respond(status::ok, std::move(all));
    }(http, sizes);
  });
  test_server server{routes};
  raw_client client{server.port()};
  std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string content;
  for (auto i = 0; i < 1000; ++i) {
    content += static_cast<char>('a' + i % 26);
    wire += "1\r\n" + content.substr(content.size() - 1) + "\r\n";
  }
  wire += "0\r\n\r\n";
  client.send(wire);
  CHECK(client.receive_response().ends_with("\r\n\r\n" + content));
  // Loopback hands over what was sent at once in one or two pieces.
  CHECK(sizes->get().size() <= 3);
}

namespace {

/// What a handler has seen of its content.
struct end_log {
  int unacknowledged = 0;
  int ends = 0;
  bool came_too_early = false;
};

/// Acknowledges each chunk a while later, and answers at the end of content.
caf::behavior acknowledge_late(caf::event_based_actor* self, const caf::actor& connection,
                               const std::shared_ptr<observed<end_log>>& log) {
  const auto credit = std::make_shared<caf::response_promise>();
  self->attach_functor([credit] { *credit = {}; });
  return {
    [=](const chunk&) {
      *credit = self->make_response_promise();
      log->update([](auto& all) { ++all.unacknowledged; });
      self->delayed_send(self, std::chrono::milliseconds{2}, 0);
    },
    [=](int) {
      log->update([](auto& all) { --all.unacknowledged; });
      credit->deliver(caf::unit);
    },
    [=](const end_of_content&) {
      log->update([](auto& all) {
        ++all.ends;
        all.came_too_early |= all.unacknowledged > 0;
      });
      self->request(connection, caf::infinite, respond{text("fine")})
        .then([] {}, [](caf::error&) {});
    },
    [=](const cancelled&) { self->quit(); },
  };
}

} // namespace

TEST_CASE("the end of content comes once and after the last acknowledgement (S4)") {
  for (const std::size_t read_size : {65536u, 1u}) {
    for (const std::string_view wire :
         {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
      CAPTURE(wire);
      const auto log = std::make_shared<observed<end_log>>();
      router routes;
      routes.post("/", behavior_handler{[log](caf::event_based_actor* self, const request&,
                                              const caf::actor& connection) -> caf::behavior {
                    return acknowledge_late(self, connection, log);
                  }});
      test_server server{routes, [=](config& wishes) { wishes.limits.chunk_size = read_size; }};
      raw_client client{server.port()};
      client.send(wire);
      CHECK(client.receive_response().ends_with("fine"));
      client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
      CHECK(status_of(client.receive_response()) == "404");
      CHECK(log->get().ends == 1);
      CHECK_FALSE(log->get().came_too_early);
    }
  }
}

TEST_CASE("a hundred thousand acknowledgements do not nest (S9)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    std::size_t count = 0;
    while (auto piece = co_await http.content().next())
      ++count;
    auto answer = std::to_string(count);
    co_await http.respond(status::ok, std::move(answer));
  });
  test_server server{routes, [](config& wishes) { wishes.limits.chunk_size = 1; }};
  raw_client client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
              + std::string(100'000, 'x'));
  CHECK(client.receive_response().ends_with("\r\n\r\n100000"));
}

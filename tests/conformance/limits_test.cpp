// Every limit at n and at n + 1, over the wire, with whole reads and octet by octet.

#include "tests/conformance/subject.hpp"

#include <caf/event_based_actor.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

std::function<void(config&)> with(http::limits bounds, std::size_t read_size) {
  return [=](config& wishes) {
    wishes.limits.request = bounds;
    wishes.limits.chunk_size = read_size;
  };
}

/// Whether what is at the limit is served, and what is one past it refused with `status`.
void check_limit(http::limits bounds, const std::string& at, const std::string& past,
                 std::string_view status) {
  for (const std::size_t read_size : {65536u, 1u}) {
    CAPTURE(read_size);
    const subject server{with(bounds, read_size)};
    raw_client client{server.port()};
    client.send(at);
    CHECK(status_of(client.receive_response()) == "200");
    const auto served = server.calls->get().size();
    client.send(past + std::string{hidden});
    const auto answer = client.receive_all();
    CHECK(status_of(answer) == status);
    CHECK(count_of(answer, "HTTP/1.1 ") == 1);
    // A handler may have begun on content that turns out badly; no other request has.
    const auto calls = server.calls->get();
    CHECK(calls.size() <= served + 1);
    CHECK(calls.back() != "GET /hidden");
  }
}

std::string chunked(std::string_view body) {
  return "POST /sink HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string{body};
}

} // namespace

TEST_CASE("the target is bounded and past it 414 (S15)") {
  const auto get = [](std::size_t target) {
    return "GET /sink?" + std::string(target - 6, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  check_limit({.target = 50}, get(50), get(51), "414");
}

TEST_CASE("the header section is bounded and past it 431 (S15)") {
  const auto get = [](std::size_t section) {
    const std::string rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(section - rest.size(), 'a')
           + "\r\n\r\n";
  };
  check_limit({.field_section = 100}, get(100), get(101), "431");
}

TEST_CASE("a name without end is 431 as well (S15)") {
  const std::string fine = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  check_limit({.field_section = 100}, fine, "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(200, 'a'),
              "431");
}

TEST_CASE("the number of fields is bounded and past it 431 (S15)") {
  const auto get = [](int count) {
    std::string all = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (auto i = 1; i < count; ++i)
      all += "a:\r\n";
    return all + "\r\n";
  };
  check_limit({.field_count = 20}, get(20), get(21), "431");
}

TEST_CASE("empty lines before a request are bounded (S15)") {
  const auto get = [](std::size_t lines) {
    std::string all;
    for (std::size_t i = 0; i < lines; ++i)
      all += "\r\n";
    return all + "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  check_limit({.field_section = 100}, get(10), get(60), "431");
}

TEST_CASE("chunk framing is bounded and past it 400 (S15 S19)") {
  const auto post = [](std::size_t framing) {
    return chunked("1;" + std::string(framing - 4, 'a') + "\r\nx\r\n0\r\n\r\n");
  };
  check_limit({.chunk_framing = 30}, post(30), post(31), "400");
}

TEST_CASE("the trailer section is bounded and past it 431 (S15 S19)") {
  const auto post = [](std::size_t section) {
    return chunked("1\r\nx\r\n0\r\nX: " + std::string(section - 5, 'a') + "\r\n\r\n");
  };
  check_limit({.trailer_section = 30}, post(30), post(31), "431");
}

TEST_CASE("content of known length is bounded and past it 413 without the handler (S17 S58)") {
  router routes;
  const auto ran = std::make_shared<observed<int>>();
  const auto sink = [ran](exchange& http) {
    return [](exchange& peer, auto count) -> task {
      count->update([](int& runs) { ++runs; });
      std::size_t total = 0;
      while (auto piece = co_await peer.content().next())
        total += piece->size();
      auto answer = std::to_string(total);
      co_await peer.respond(status::ok, std::move(answer));
    }(http, ran);
  };
  routes.post("/ten", sink).content_limit(10);
  routes.post("/twenty", sink).content_limit(20);
  routes.post("/none", sink).content_limit(0);
  test_server server{routes};
  raw_client client{server.port()};
  const auto answer_to = [&](std::string_view path, std::size_t length) {
    client.send("POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nContent-Length: "
                + std::to_string(length) + "\r\n\r\n" + std::string(length, 'x'));
    return status_of(client.receive_response());
  };
  CHECK(answer_to("/ten", 10) == "200");
  CHECK(answer_to("/ten", 11) == "413");
  CHECK(answer_to("/twenty", 11) == "200");
  CHECK(answer_to("/twenty", 21) == "413");
  CHECK(answer_to("/none", 0) == "200");
  CHECK(answer_to("/none", 1) == "413");
  CHECK(ran->get() == 3);
  // The detail is the same where the limit is passed while the content comes.
  client.send("POST /ten HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nConnection: close\r\n\r\n");
  const auto announced = client.receive_all();
  raw_client streaming{server.port()};
  streaming.send("POST /ten HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n"
                 + std::string(11, 'x'));
  const auto streamed = streaming.receive_all();
  const auto content_of =
    [](const std::string& answer) { // but for the request's id, the last member
      const auto begin = answer.find("\r\n\r\n");
      return answer.substr(begin, answer.find("\"request_id\":\"", begin) - begin);
    };
  CHECK(content_of(announced).find("\"detail\":\"") != std::string::npos);
  CHECK(content_of(streamed) == content_of(announced));
}

TEST_CASE("chunked content is refused at the octet that passes the limit (S17 S58)") {
  const auto log = std::make_shared<observed<std::vector<cancel_reason>>>();
  router routes;
  routes
    .post("/sink",
          behavior_handler{
            [log](caf::event_based_actor* self, const request&,
                  const caf::actor& connection) -> caf::behavior {
              return {
                [](const chunk&) {},
                [self, connection](const end_of_content&) {
                  self->request(connection, caf::infinite, respond{text("all")}).then([self] {
                    self->quit();
                  });
                },
                [log, self](const cancelled& order) {
                  log->update([&](auto& all) { all.push_back(order.reason); });
                  self->quit();
                },
              };
            },
            true})
    .content_limit(10);
  test_server server{routes};
  raw_client at{server.port()};
  at.send(chunked("5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n"));
  CHECK(at.receive_response().ends_with("\r\n\r\nall"));
  raw_client past{server.port()};
  past.send(chunked("5\r\nabcde\r\n5\r\nabcde\r\n"));
  server.settle();
  CHECK_FALSE(past.is_readable());
  past.send("1\r\n");
  server.settle();
  CHECK_FALSE(past.is_readable()); // not yet: a size is no content
  past.send("x");
  const auto answer = past.receive_all();
  CHECK(status_of(answer) == "413");
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(log->wait([](const auto& all) { return all.size() == 1; }));
  CHECK(log->get().front() == cancel_reason::limit_exceeded);
}

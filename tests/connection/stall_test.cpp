#include "tests/connection/support.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t plenty = 10'000'000;

/// What the server has taken of `sent` octets.
std::size_t taken(const stage& all, std::size_t sent) {
  return sent - all.client.in_kernel() - all.client.peer().unsent;
}

} // namespace

TEST_CASE("while a chunk is not acknowledged nothing more is read (S1 S8 S10)") {
  stage all;
  const std::string fields = "Content-Length: 10000000\r\n";
  all.post(fields, std::string(plenty, 'x'));
  const auto head = std::string{"POST /http HTTP/1.1\r\nHost: a\r\n\r\n"}.size() + fields.size();
  CHECK(all.seen().data == 1);
  CHECK(all.client.peer().is_blocked);
  CHECK(taken(all, head + plenty) <= settings{}.chunk_size);
  const auto before = taken(all, head + plenty);
  all.client.run();
  CHECK(taken(all, head + plenty) == before);
}

TEST_CASE(
  "a half-closed pipeline is looked through once and not from each of its requests (S40 S52)") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    std::string all;
    while (const auto chunk = co_await http.content().next())
      all += chunk->text();
    co_await http.respond(status::ok, std::move(all));
  });
  settings limits;
  limits.chunk_size = 4096; // less than the pipeline
  connection_fixture client{routes, limits};
  std::string pipeline;
  constexpr std::size_t requests = 500;
  for (std::size_t i = 0; i < requests; ++i)
    pipeline +=
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  client.send(pipeline);
  client.shutdown_write();
  client.run();
  std::size_t answers = 0;
  for (auto at = client.peer().received.find("\r\n\r\nabc"); at != std::string::npos;
       at = client.peer().received.find("\r\n\r\nabc", at + 1))
    ++answers;
  CHECK(answers == requests);
  CHECK(client.peeked() <= 2 * pipeline.size());
}

TEST_CASE("behind a full slot a WebSocket is read up to the look-ahead (S8)") {
  const auto sent_message = client_frame(0x82, std::string(3000, 'x'));
  for (const std::size_t look_ahead : {256U, 1000U, 4096U}) {
    CAPTURE(look_ahead);
    stage all{pace::never, [&](settings& limits) { limits.look_ahead = look_ahead; }};
    all.open_web_socket();
    all.client.send(client_frame(0x81, "first"));
    all.client.run();
    REQUIRE(all.seen().data == 1);
    std::size_t sent = 0;
    while (sent < plenty) {
      all.client.send(sent_message);
      sent += sent_message.size();
    }
    all.client.run();
    CHECK(taken(all, sent) == look_ahead);
    CHECK(all.seen().data == 1);
    CHECK(all.client.peer().is_blocked);
  }
}

TEST_CASE("octets in user space are used up without another readiness event (S7)") {
  stage all{pace::late};
  SUBCASE("WebSocket messages") {
    all.open_web_socket();
    std::string burst;
    for (auto i = 0; i < 1000; ++i)
      burst += client_frame(0x81, "x");
    all.client.send(burst);
    all.client.run();
    CHECK(all.seen().data == 1);
    all.tell(caf::make_message(acknowledge_order::value));
    CHECK(all.seen().data == 1000);
  }
  SUBCASE("chunked content behind its head") {
    std::string content;
    for (auto i = 0; i < 1000; ++i)
      content += "1\r\nx\r\n";
    all.post("Transfer-Encoding: chunked\r\n", content + "0\r\n\r\n");
    CHECK(all.seen().data == 1);
    CHECK(all.seen().ends == 0);
    all.tell(caf::make_message(acknowledge_order::value));
    CHECK(all.seen().ends == 1);
  }
}

TEST_CASE("acknowledgements that come while octets are parsed do not recurse (S9)") {
  // As many nested calls would overflow any stack.
  constexpr auto many = 200'000;
  stage all{pace::at_once};
  all.open_web_socket();
  std::string burst;
  for (auto i = 0; i < many; ++i)
    burst += client_frame(0x81, {});
  all.client.send(burst);
  all.client.run();
  CHECK(all.seen().data == many);
}

TEST_CASE("control overtakes a message that waits in the handler's mailbox (S2)") {
  const auto order_seen = std::make_shared<std::vector<std::string>>();
  router routes;
  routes.web_socket("/ws",
                    behavior_handler{[order_seen](caf::event_based_actor* self, const request&,
                                                  const caf::actor&) -> caf::behavior {
                      return {[order_seen](const message&) { order_seen->emplace_back("data"); },
                              [order_seen, self](const cancelled&) {
                                order_seen->emplace_back("cancelled");
                                self->quit();
                              }};
                    }});
  connection_fixture client{routes};
  client.send(handshake("/ws"));
  client.run();
  // Both are sent to the handler before it runs: the reset is told in the same round.
  client.send(client_frame(0x81, "x"));
  SUBCASE("a cancellation") {
    client.reset();
    client.run();
    CHECK(order_seen->front() == "cancelled");
  }
  SUBCASE("nothing without one") {
    client.run();
    CHECK(*order_seen == std::vector<std::string>{"data"});
  }
}

TEST_CASE("a handler's error is a rejection whatever it says (S3 S5)") {
  // Passed on from an actor that it asked, e.g.
  router routes;
  routes.post("/proxy",
              behavior_handler{[](caf::event_based_actor*, const request&, const caf::actor&) {
                                 return caf::behavior{[](const chunk&) -> caf::result<void> {
                                   return caf::make_error(caf::sec::request_receiver_down);
                                 }};
                               },
                               true});
  connection_fixture client{routes};
  client.send("POST /proxy HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  client.run();
  CHECK(client.peer().received.starts_with("HTTP/1.1 500 "));
}

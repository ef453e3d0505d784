// The CAF form of a handler: a behavior for the messages of a connection.

#include "sluice/actors/handler/handler_actor.hpp"
#include "tests/actors/handler/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using self_pointer = caf::event_based_actor*;

/// Takes chunks into `log` and answers with them at the end.
behavior_handler collector(std::string& log, bool demands_at_start = true) {
  return {[&log](self_pointer self, const request&, const caf::actor& connection) -> caf::behavior {
            return {
              [&log](const chunk& piece) { log += piece.content.text(); },
              [&log, self, connection](const end_of_content&) {
                log += '.';
                self->request(connection, caf::infinite, respond{text(log)})
                  .then([self] { self->quit(); },
                        [self](caf::error& why) { self->quit(std::move(why)); });
              },
            };
          },
          demands_at_start};
}

/// A handler with the one clause `clause`.
template <class Clause>
behavior_handler handler_with(Clause clause) {
  return {[clause](self_pointer, const request&, const caf::actor&) -> caf::behavior {
    return {clause};
  }};
}

} // namespace

TEST_CASE("the reply of a behavior is the acknowledgement (S1)") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint(collector(log)));
  for (const auto* piece : {"a", "b", "c"})
    client.deliver(piece);
  client.end_content();
  client.run();
  CHECK(log == "abc.");
  CHECK(client.sent_content() == "abc.");
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("a behavior that promises its reply keeps the slot full until it delivers (S1)") {
  std::string log;
  handler_fixture client;
  const behavior_handler handler{
    [&log](self_pointer self, const request&, const caf::actor&) -> caf::behavior {
      const auto promise = std::make_shared<caf::response_promise>();
      return {
        [&log, self, promise](const chunk& piece) {
          log += piece.content.text();
          *promise = self->make_response_promise();
        },
        [promise](int) { promise->deliver(caf::unit); },
      };
    }};
  client.start(http_endpoint(handler));
  client.deliver("a");
  client.deliver("b");
  client.run();
  CHECK(log == "a");
  CHECK(client.is_stalled());
  caf::anon_send(client.seen().handler, 1);
  client.run();
  CHECK(log == "ab");
  CHECK(client.is_stalled());
}

TEST_CASE("the end of the content reaches a behavior exactly once (S4)") {
  std::string log;
  handler_fixture client;
  const behavior_handler handler{
    [&log](self_pointer, const request&, const caf::actor&) -> caf::behavior {
      return {
        [&log](const chunk& piece) { log += piece.content.text(); },
        [&log](const end_of_content&) { log += '.'; },
      };
    }};
  client.start(http_endpoint(handler));
  SUBCASE("with the last chunk still to be acknowledged") {
    client.deliver("a");
    client.end_content();
    client.run();
    CHECK(log == "a.");
  }
  SUBCASE("long after the last chunk") {
    client.deliver("a");
    client.run();
    client.end_content();
    client.run();
    CHECK(log == "a.");
  }
  SUBCASE("for empty content") {
    client.end_content();
    client.run();
    CHECK(log == ".");
  }
}

TEST_CASE("a behavior gets content at once or when it asks as its route says (S16)") {
  std::string log;
  handler_fixture client;
  SUBCASE("at once") {
    client.start(http_endpoint(collector(log, true)));
    client.deliver("a");
    client.run();
    CHECK(log == "a");
  }
  SUBCASE("when it asks") {
    client.start(http_endpoint(collector(log, false)));
    client.deliver("a");
    client.run();
    CHECK(log.empty());
    CHECK_FALSE(client.is_stalled());
  }
  SUBCASE("having asked") {
    auto handler = collector(log, false);
    handler.make = [make = handler.make](self_pointer self, const request& head,
                                         const caf::actor& connection) {
      self->send(connection, read_content{});
      return make(self, head, connection);
    };
    client.start(http_endpoint(handler));
    client.deliver("a");
    client.run();
    CHECK(client.seen().wants_content);
    CHECK(log == "a");
  }
}

TEST_CASE("a behavior is given the head of its request") {
  std::string seen;
  request head;
  head.path = "/files/a";
  handler_fixture client;
  const behavior_handler handler{
    [&seen](self_pointer, const request& its, const caf::actor&) -> caf::behavior {
      seen = its.path;
      return {[](int) {}};
    }};
  client.start(http_endpoint(handler), head);
  client.run();
  CHECK(seen == "/files/a");
}

TEST_CASE("a behavior that has no clause for a chunk rejects it and is cancelled (S5)") {
  handler_fixture client;
  client.start(http_endpoint(handler_with([](int) {})));
  client.deliver("a");
  client.deliver("b");
  client.run();
  CHECK(client.seen().rejection == caf::sec::unexpected_message);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a behavior that answers a chunk with an error rejects it and is cancelled (S5)") {
  handler_fixture client;
  client.start(http_endpoint(handler_with([](const chunk&) -> caf::result<void> {
    return caf::make_error(caf::sec::invalid_argument);
  })));
  client.deliver("a");
  client.run();
  CHECK(client.seen().rejection == caf::sec::invalid_argument);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a behavior needs no clause for the end of content") {
  handler_fixture client;
  client.start(http_endpoint(handler_with([](const chunk&) {})));
  client.deliver("a");
  client.end_content();
  client.run();
  CHECK_FALSE(client.is_stalled());
  CHECK(client.handler_alive());
}

TEST_CASE("a Close ends a behavior that has no clause for it (S38)") {
  handler_fixture client;
  auto target = http_endpoint(handler_with([](const message&) {}));
  target.speaks = endpoint::protocol::web_socket;
  client.start(target);
  client.deliver("a");
  client.close();
  client.run();
  CHECK_FALSE(client.is_stalled());
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("cancellation ends a behavior that has no clause for it (S44)") {
  handler_fixture client;
  client.start(http_endpoint(handler_with([](const chunk&) {})));
  client.run();
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE(
  "a behavior with a clause for cancellation sees the reason and ends when it likes (S44)") {
  std::string log;
  handler_fixture client;
  const behavior_handler handler{
    [&log](self_pointer self, const request&, const caf::actor&) -> caf::behavior {
      return {
        [&log](const chunk&) { log += "chunk"; },
        [&log, self](const cancelled& why) {
          log += to_string(why.reason);
          self->delayed_send(self, 1s, 42);
        },
        [self](int) { self->quit(); },
      };
    }};
  client.start(http_endpoint(handler));
  client.run();
  client.deliver("a");
  client.cancel(cancel_reason::draining);
  client.run();
  CHECK(client.handler_alive());
  CHECK(log == "drainingchunk"); // overtaken but not taken back (S2)
  client.advance(1s);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a behavior that throws ends with an error that says why and frees the slot (S5)") {
  handler_fixture client;
  client.start(
    http_endpoint(handler_with([](const chunk&) { throw std::runtime_error{"broken"}; })));
  client.deliver("a");
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.seen().exit_reason == caf::sec::runtime_error);
  CHECK(client.system().render(client.seen().exit_reason).find("broken") != std::string::npos);
  CHECK_FALSE(client.is_stalled());
}

TEST_CASE("a behavior that ends with a delivery outstanding frees the slot (S5)") {
  handler_fixture client;
  const behavior_handler handler{
    [](self_pointer self, const request&, const caf::actor&) -> caf::behavior {
      return {[self](const chunk&) {
        self->quit();
        return self->make_response_promise();
      }};
    }};
  client.start(http_endpoint(handler));
  client.deliver("a");
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.is_stalled());
}

TEST_CASE("a behavior on a WebSocket gets messages and sends its own") {
  handler_fixture client;
  auto target = http_endpoint(behavior_handler{
    [](self_pointer self, const request&, const caf::actor& connection) -> caf::behavior {
      return {[self, connection](message& next) {
        self->send(connection, send_message{std::move(next)});
      }};
    }});
  target.speaks = endpoint::protocol::web_socket;
  client.start(target);
  client.deliver("a");
  client.deliver("b");
  client.run();
  CHECK(client.sent_content() == "ab");
}

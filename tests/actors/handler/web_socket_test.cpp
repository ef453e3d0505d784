#include "sluice/actors/handler/web_socket.hpp"

#include "tests/actors/handler/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

task echo(web_socket& socket) {
  while (auto next = co_await socket.next())
    co_await socket.send(*next);
}

/// Waits until it is cancelled: for those whose messages come from other actors.
task listen(web_socket& socket) {
  while (const auto next = co_await socket.next()) {}
}

/// Sends messages to a WebSocket handler, as requests, and notes how each was answered: '+' or the
/// error.
caf::behavior pusher(caf::event_based_actor* self, const caf::actor& to, std::string text,
                     const std::shared_ptr<std::string>& log) {
  for (const auto c : text)
    self
      ->request(to, caf::infinite,
                send_message{{message_kind::text, octets{std::string_view{&c, 1}}, true}})
      .then(
        [log, c] {
          log->append({c, '+', ' '});
        },
        [log, c](const caf::error& why) {
          log->append({c, refusal_of(why) == refusal::output_full ? '!' : '?', ' '});
        });
  return {[](int) {}};
}

/// A handler whose client does not read, with a route that has the given policy.
struct slow_client : handler_fixture {
  explicit slow_client(push_policy policy) {
    peer_stops_reading();
    start(web_socket_endpoint(listen, policy));
    run();
  }

  /// Each character as a message, sent as a request.
  void request_each(std::string text) {
    system().spawn(pusher, seen().handler, std::move(text), log_);
    run();
  }

  /// Each character as a message, sent without waiting for an answer.
  void send_each(std::string_view text) {
    for (const auto& c : text)
      caf::anon_send(seen().handler,
                     send_message{{message_kind::text, octets{std::string_view{&c, 1}}, true}});
    run();
  }

  void catch_up() {
    peer_reads();
    run();
  }

  [[nodiscard]] const std::string& answers() const { return *log_; }

private:
  /// Some answers come when the handler ends with the fixture, behind its members.
  std::shared_ptr<std::string> log_ = std::make_shared<std::string>();
};

} // namespace

// -- messages ---------------------------------------------------------------------

TEST_CASE("a message comes back from an echo as it was sent") {
  handler_fixture client;
  client.start(web_socket_endpoint(echo));
  client.deliver("one");
  client.deliver(message{message_kind::binary, octets{std::string_view{"\0\x80", 2}}, true});
  client.deliver(message{message_kind::text, octets{}, true});
  client.run();
  const auto sent = sent_as<send_message>(client);
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].content.kind == message_kind::text);
  CHECK(sent[0].content.text() == "one");
  CHECK(sent[1].content.kind == message_kind::binary);
  CHECK(sent[1].content.text() == std::string_view{"\0\x80", 2});
  CHECK(sent[2].content.size() == 0);
  CHECK_FALSE(client.is_stalled());
  CHECK(client.handler_alive());
}

TEST_CASE("asking for the next message acknowledges the one before and nothing else does (S1)") {
  std::string taken;
  handler_fixture client;
  client.start(web_socket_endpoint([&taken](web_socket& socket) -> task {
    while (const auto next = co_await socket.next()) {
      taken += next->text();
      co_await socket.delay(1s);
    }
  }));
  client.deliver("a");
  client.deliver("b");
  client.run();
  CHECK(taken == "a");
  CHECK(client.is_stalled());
  client.advance(1s);
  CHECK(taken == "ab");
  CHECK(client.is_stalled());
  client.advance(1s);
  CHECK_FALSE(client.is_stalled());
}

TEST_CASE("a client that sends and does not read stalls an echo (S10)") {
  handler_fixture client;
  client.peer_stops_reading();
  client.start(web_socket_endpoint(echo));
  for (const auto* text : {"a", "b", "c"})
    client.deliver(text);
  client.run();
  CHECK(client.is_stalled());
  CHECK(client.sent_content() == "a");
  client.peer_reads();
  client.run();
  CHECK_FALSE(client.is_stalled());
  CHECK(client.sent_content() == "abc");
}

TEST_CASE("after the Close of the client there is nothing more and the handler can see why (S38)") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint([&log](web_socket& socket) -> task {
    while (const auto next = co_await socket.next()) {
      log += next->text();
      CHECK_FALSE(socket.close_event());
    }
    const auto again = co_await socket.next();
    CHECK_FALSE(again);
    REQUIRE(socket.close_event());
    log += std::to_string(socket.close_event()->code) + socket.close_event()->reason;
  }));
  client.deliver("a");
  client.deliver("b");
  client.close({1001, "away"});
  client.run();
  CHECK(log == "ab1001away");
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("the Close does not overtake a message that is not acknowledged (S38)") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint([&log](web_socket& socket) -> task {
    const auto first = co_await socket.next();
    log += first->text();
    co_await socket.delay(1s);
    const auto second = co_await socket.next();
    log += second ? '?' : '.';
  }));
  client.deliver("a");
  client.close();
  client.run();
  CHECK(log == "a");
  client.advance(1s);
  CHECK(log == "a.");
}

TEST_CASE("what is sent behind the Close of the client does nothing and does not fail (S45)") {
  handler_fixture client;
  client.start(web_socket_endpoint([](web_socket& socket) -> task {
    const auto end = co_await socket.next();
    co_await socket.send_text("bye");
    co_await socket.close();
  }));
  client.close();
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
  CHECK(client.sent().empty());
}

TEST_CASE("a message behind the own Close throws in the handler (S35)") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint([&log](web_socket& socket) -> task {
    co_await socket.send_binary(octets{std::string_view{"a"}});
    co_await socket.close(close_code::going_away, "restart");
    try {
      co_await socket.send_text("b");
    } catch (const handler_fault& fault) {
      log += fault.what();
    }
  }));
  client.run();
  CHECK(log == to_string(refusal::close_sent));
  const auto closes = sent_as<send_close>(client);
  REQUIRE(closes.size() == 1);
  CHECK(closes[0].code == close_code::going_away);
  CHECK(closes[0].reason == "restart");
  CHECK(client.sent_content() == "a");
}

TEST_CASE("cancellation destroys a WebSocket handler wherever it is suspended (S44)") {
  bool gone = false;
  handler_fixture client;
  SUBCASE("in next") {
    client.start(web_socket_endpoint([&gone](web_socket& socket) -> task {
      const witness local{gone};
      const auto next = co_await socket.next();
      FAIL("it goes on");
    }));
    client.run();
    client.deliver("a"); // overtaken
  }
  SUBCASE("in a send") {
    client.peer_stops_reading();
    client.start(web_socket_endpoint([&gone](web_socket& socket) -> task {
      const witness local{gone};
      co_await socket.send_text("a");
      FAIL("it goes on");
    }));
  }
  SUBCASE("in a delay") {
    client.start(web_socket_endpoint([&gone](web_socket& socket) -> task {
      const witness local{gone};
      co_await socket.delay(1s);
      FAIL("it goes on");
    }));
    client.run();
  }
  client.cancel(cancel_reason::peer_vanished);
  client.advance(2s);
  CHECK(gone);
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("an exception ends a WebSocket handler with an error") {
  handler_fixture client;
  client.start(web_socket_endpoint([](web_socket& socket) -> task {
    const auto next = co_await socket.next();
    throw std::runtime_error{"broken"};
  }));
  client.deliver("a");
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.seen().exit_reason == caf::sec::runtime_error);
  CHECK_FALSE(client.is_stalled());
}

TEST_CASE("a handler that ends with a message outstanding leaves nothing behind (S60)") {
  handler_fixture client;
  client.start(web_socket_endpoint([](web_socket& socket) -> task {
    const auto next = co_await socket.next();
    co_await socket.delay(1s);
  }));
  const auto handler = caf::actor_cast<caf::weak_actor_ptr>(client.seen().handler);
  client.deliver("a");
  client.run();
  REQUIRE(client.is_stalled());
  SUBCASE("because it was cancelled") {
    client.cancel(cancel_reason::peer_reset);
  }
  SUBCASE("because it has returned") {}
  client.advance(1s);
  CHECK_FALSE(client.handler_alive());
  CHECK(handler.lock() == nullptr);
}

// -- messages from other actors ---------------------------------------------------

TEST_CASE("other actors reach the client through the handler and hear when it has left") {
  slow_client client{{}};
  client.peer_reads();
  client.request_each("abc");
  CHECK(client.sent_content() == "abc");
  CHECK(client.answers() == "a+ b+ c+ ");
}

TEST_CASE("messages from other actors wait one behind the other and do not pass the cap (S47)") {
  slow_client client{{}};
  client.send_each("abc");
  CHECK(client.sent_content() == "a");
  client.catch_up();
  CHECK(client.sent_content() == "abc");
}

TEST_CASE("messages from other actors do not wait for the handler that is busy") {
  handler_fixture client;
  client.start(web_socket_endpoint([](web_socket& socket) -> task { co_await socket.delay(1h); }));
  client.run();
  caf::anon_send(client.seen().handler,
                 send_message{{message_kind::text, octets{std::string_view{"a"}}, true}});
  client.run();
  CHECK(client.sent_content() == "a");
}

TEST_CASE("with wait a producer that waits for its answers slows down with the client") {
  slow_client client{{slow_consumer::wait, 1}};
  client.request_each("abcd");
  CHECK(client.answers().empty());
  client.catch_up();
  CHECK(client.sent_content() == "abcd");
  CHECK(client.answers() == "a+ b+ c+ d+ ");
}

TEST_CASE("with wait a producer that does not wait loses what passes the capacity") {
  slow_client client{{slow_consumer::wait, 2}};
  client.send_each("abcde");
  client.catch_up();
  CHECK(client.sent_content() == "abc"); // one on its way and two that waited
}

TEST_CASE("with drop_oldest a slow client misses what waited longest") {
  slow_client client{{slow_consumer::drop_oldest, 2}};
  client.request_each("abcde");
  CHECK(client.answers() == "b! c! ");
  client.catch_up();
  CHECK(client.sent_content() == "ade");
  CHECK(client.answers() == "b! c! a+ d+ e+ ");
}

TEST_CASE("with drop_newest a slow client misses what came last") {
  slow_client client{{slow_consumer::drop_newest, 2}};
  client.request_each("abcde");
  CHECK(client.answers() == "d! e! ");
  client.catch_up();
  CHECK(client.sent_content() == "abc");
  CHECK(client.answers() == "d! e! a+ b+ c+ ");
}

TEST_CASE("with latest a slow client gets the newest only") {
  slow_client client{{slow_consumer::latest, 2}};
  client.request_each("abcde");
  CHECK(client.answers() == "b! c! d! ");
  client.catch_up();
  CHECK(client.sent_content() == "ae");
}

TEST_CASE("with close a slow client is told to try again later") {
  slow_client client{{slow_consumer::close, 2}};
  client.request_each("abc");
  CHECK(sent_as<send_close>(client).empty());
  client.request_each("d");
  const auto closes = sent_as<send_close>(client);
  REQUIRE(closes.size() == 1);
  CHECK(closes[0].code == close_code::try_again_later);
  CHECK(client.answers() == "d! ");
  client.request_each("ef");
  CHECK(client.answers() == "d! e! f! ");
  CHECK(client.seen().refused.empty()); // it is told once
}

TEST_CASE("a full outbox empties as the client reads and takes messages again") {
  slow_client client{{slow_consumer::drop_newest, 1}};
  client.send_each("abc");
  client.catch_up();
  CHECK(client.sent_content() == "ab");
  client.send_each("d");
  CHECK(client.sent_content() == "abd");
}

TEST_CASE("an actor whose message waits hears when the handler ends (S49)") {
  slow_client client{{slow_consumer::wait, 1}};
  client.request_each("abc");
  SUBCASE("because it was cancelled") {
    client.cancel(cancel_reason::peer_reset);
  }
  SUBCASE("because it has returned") {
    client.close();
  }
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.answers() == "a? b? c? ");
}

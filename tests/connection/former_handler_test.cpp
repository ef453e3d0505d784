// Handlers that go on after their answer.

#include "sluice/actors/messages/messages.hpp"
#include "tests/connection/support.hpp"

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

TEST_CASE("a handler that goes on after its answer is told to end only once (S44)") {
  const auto told = std::make_shared<int>(0);
  router routes;
  routes.post("/http", behavior_handler{[told](caf::event_based_actor* self, const request&,
                                               const caf::actor& connection) -> caf::behavior {
                // Its acknowledgement and its wish for more come after its answer; it ignores what
                // it is told.
                return {[self, connection](const chunk&) {
                          self->send(connection, respond{text("enough")});
                          self->send(connection, read_content{});
                          self->send(connection, read_content{});
                        },
                        [told](const cancelled&) { ++*told; }};
              }});
  {
    connection_fixture client{routes};
    client.send("POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
    client.run();
    CHECK(client.peer().received.ends_with("enough"));
    CHECK(*told == 1);
    SUBCASE("it outlives its grace period and is killed (S45)") {
      SUBCASE("with its client there") {}
      SUBCASE("without") {
        client.reset();
        client.run();
      }
      client.advance(settings{}.cancel_grace - 1s);
      CHECK(client.count().handlers_running == 1);
      client.advance(1s);
      CHECK(client.count().handlers_running == 0);
      CHECK(client.count().handlers_killed == 1);
    }
  }
  CHECK(*told == 1); // also when the server dropped what was left
}

namespace {

/// Answers as soon as it is given something, and works on with that in its hands until it is told
/// to let go of it.
behavior_handler works_on(std::shared_ptr<observed<puppet_log>> log) {
  return {[log](caf::event_based_actor* self, const request&,
                const caf::actor& connection) -> caf::behavior {
    const auto credit = std::make_shared<caf::response_promise>();
    log->update([&](auto& all) { all.puppet = self; });
    self->attach_functor([credit, log] {
      *credit = {};
      log->update([](auto& all) { all.puppet = nullptr; });
    });
    return {
      [=](const chunk&) {
        *credit = self->make_response_promise();
        log->update([](auto& all) { ++all.data; });
        self->send(connection, respond{text("enough")});
      },
      [=](const cancelled& why) {
        log->update([&](auto& all) { all.cancelled.push_back(why.reason); });
        self->quit();
      },
      [=](acknowledge_order) { credit->deliver(caf::unit); },
      [=](go_on_order) { self->quit(); },
    };
  }};
}

} // namespace

TEST_CASE("the next request waits until a former handler has let go of its chunk (S1 S21)") {
  const auto log = std::make_shared<observed<puppet_log>>();
  router routes;
  routes.post("/http", works_on(log));
  const auto post = std::string{"POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"};
  connection_fixture client{routes};
  client.send(post + post);
  client.run();
  CHECK(log->get().data == 1);
  const auto first = client.peer().received.size();
  SUBCASE("by acknowledging it") {
    order(*log, caf::make_message(acknowledge_order::value));
    client.run();
    CHECK(client.count().acknowledgements_late == 1); // it earns no credit (S3)
    CHECK(client.count().handlers_running == 2);      // and is no wish for more
  }
  SUBCASE("by its end") {
    order(*log, caf::make_message(go_on_order::value));
    client.run();
    CHECK(client.count().handlers_running == 1);
  }
  CHECK(log->get().data == 2);
  CHECK(client.peer().received.size() == 2 * first);
  CHECK(log->get().cancelled.empty());
}

TEST_CASE("a client is not kept waiting for ever by a former handler (S1 S6)") {
  const auto log = std::make_shared<observed<puppet_log>>();
  router routes;
  routes.post("/http", works_on(log));
  connection_fixture client{routes};
  client.send("POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK_FALSE(client.peer().saw_end);
  client.advance(settings{}.handler_deadline);
  CHECK(client.peer().saw_end);
  CHECK(log->get().cancelled.empty()); // it works on
}

TEST_CASE("a former handler that was not told to end outlives one that was and did not (S44 S45)") {
  const auto log = std::make_shared<observed<puppet_log>>();
  router routes;
  routes.get("/works-on", [](exchange& http) -> task {
    co_await http.respond(status::ok, "answered");
    co_await http.delay(20s);
  });
  // It answers, asks for more, and does nothing of what it is told.
  routes.get("/deaf", behavior_handler{[](caf::event_based_actor* self, const request&,
                                          const caf::actor& connection) -> caf::behavior {
               self->send(connection, respond{text("answered")});
               self->send(connection, read_content{});
               return {[](const end_of_content&) {}, [](const cancelled&) {}};
             }});
  connection_fixture client{routes};
  client.send("GET /works-on HTTP/1.1\r\nHost: a\r\n\r\nGET /deaf HTTP/1.1\r\nHost: a\r\n\r\n"
              "GET /works-on HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto& count = client.count();
  client.advance(settings{}.cancel_grace - 1ms);
  CHECK(count.handlers_running == 3);
  client.advance(1ms);
  CHECK(count.handlers_killed == 1);
  CHECK(count.handlers_running == 2);
  client.advance(20s - settings{}.cancel_grace - 1ms);
  CHECK(count.handlers_running == 2);
  client.advance(1ms);
  CHECK(count.handlers_running == 0);
  CHECK(count.handlers_killed == 1);
}

TEST_CASE("a former handler that waits for its answer to leave hears when it can't (S49)") {
  const auto has_ended = std::make_shared<bool>(false);
  const std::string large(200'000, 'x');
  router routes;
  routes.get("/", [&](exchange& http) {
    return [](exchange& peer, std::shared_ptr<bool> ended, std::string content) -> task {
      co_await peer.respond(status::ok, std::move(content));
      *ended = true;
    }(http, has_ended, large);
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.run();
  CHECK_FALSE(*has_ended);
  client.reset();
  client.run();
  CHECK(*has_ended);
  CHECK_FALSE(client.is_alive());
}

TEST_CASE("a former handler works on without its client until the server is done (S44 S60)") {
  const auto log = std::make_shared<observed<puppet_log>>();
  router routes;
  routes.post("/http", works_on(log));
  {
    connection_fixture client{routes};
    client.send("POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    client.run();
    client.reset();
    client.advance(1h);
    CHECK(log->get().cancelled.empty());
    CHECK(client.count().handlers_running == 1);
    CHECK(client.is_alive());
    CHECK_FALSE(client.is_open());
  }
  CHECK(log->get().cancelled == std::vector{cancel_reason::draining});
}

namespace {

/// What became of a handler that ignores what it is told.
struct deaf_log {
  std::vector<cancel_reason> told;
  bool has_ended = false;
};

/// Answers at once, and asks for more content then if it `wants_more`: nobody can give it any.
behavior_handler answers_and_stays(deaf_log* log, bool wants_more) {
  return {[=](caf::event_based_actor* self, const request&,
              const caf::actor& connection) -> caf::behavior {
    self->send(connection, respond{text("enough")});
    if (wants_more)
      self->send(connection, read_content{});
    self->attach_functor([log] { log->has_ended = true; });
    return {[log](const cancelled& why) { log->told.push_back(why.reason); }};
  }};
}

std::size_t answers_in(const connection_fixture& client) {
  std::size_t found = 0;
  const auto& all = client.peer().received;
  for (auto at = all.find("HTTP/1.1 "); at != std::string::npos; at = all.find("HTTP/1.1 ", at + 1))
    ++found;
  return found;
}

const std::string get_works = "GET /works HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a former handler that was not told to end is not killed beside one that was (S45)") {
  deaf_log works;
  deaf_log wants;
  router routes;
  routes.get("/works", answers_and_stays(&works, false));
  routes.get("/wants", answers_and_stays(&wants, true));
  {
    connection_fixture client{routes};
    client.send(get_works + "GET /wants HTTP/1.1\r\nHost: a\r\n\r\n" + get_works);
    client.run();
    CHECK(answers_in(client) == 3);
    CHECK(works.told.empty());
    REQUIRE(wants.told.size() == 1);
    CHECK(wants.told.front() == cancel_reason::answered);
    client.advance(settings{}.cancel_grace - 1s);
    CHECK_FALSE(wants.has_ended);
    client.advance(1s);
    CHECK(wants.has_ended);
    CHECK(client.count().handlers_killed == 1);
    CHECK(client.count().handlers_running == 2);
    client.advance(settings{}.cancel_grace);
    CHECK(client.count().handlers_killed == 1);
    CHECK(works.told.empty());
    CHECK_FALSE(works.has_ended);
  }
  // A server that stops tells them, and kills those that do not end.
  CHECK(works.told == std::vector(2, cancel_reason::draining));
  CHECK(wants.told.size() == 1);
  CHECK(works.has_ended);
}

TEST_CASE("a coroutine that asks for content behind its answer is told to end (S44)") {
  router routes;
  routes.post("/whole", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.respond(status::ok, "enough");
    co_await http.content().next();
  });
  routes.post("/parts", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.begin(status::ok);
    co_await http.finish();
    co_await http.content().next();
  });
  for (const auto* target : {"/whole", "/parts"}) {
    CAPTURE(target);
    connection_fixture client{routes};
    client.send("POST " + std::string{target}
                + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
    client.run();
    CHECK(answers_in(client) == 1);
    CHECK(client.count().handlers_running == 0);
    CHECK(client.count().handlers_killed == 0);
  }
}

TEST_CASE("sixteen handlers may work on after their answers and the next request waits (S61)") {
  constexpr std::size_t most = 16;
  auto started = 0;
  router routes;
  routes.get("/works", [&started](exchange& http) -> task {
    const auto number = ++started;
    co_await http.respond(status::ok);
    co_await http.delay(number * 1s);
  });
  connection_fixture client{routes};
  for (std::size_t i = 0; i < most; ++i)
    client.send(get_works);
  client.run();
  CHECK(answers_in(client) == most);
  CHECK(client.count().handlers_running == most);
  client.send(get_works + get_works);
  client.run();
  CHECK(answers_in(client) == most);
  CHECK(client.count().handlers_running == most);
  for (std::size_t ended = 1; ended <= 2; ++ended) { // one by one they make room
    client.advance(1s);
    CHECK(answers_in(client) == most + ended);
    CHECK(client.count().handlers_running == most);
  }
}

TEST_CASE("a request waits for the chunk of whichever former handler has one (S1 S21)") {
  const auto log = std::make_shared<observed<puppet_log>>();
  deaf_log works;
  router routes;
  routes.get("/works", answers_and_stays(&works, false));
  routes.post("/http", works_on(log));
  connection_fixture client{routes};
  client.send(get_works + "POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
              + get_works);
  client.run();
  CHECK(log->get().data == 1);
  CHECK(answers_in(client) == 2);
  order(*log, caf::make_message(acknowledge_order::value));
  client.run();
  CHECK(answers_in(client) == 3);
}

TEST_CASE("a former handler lets go of its chunk by nothing but its acknowledgement (S1 S3)") {
  caf::response_promise held;
  std::vector<caf::message_id> given;
  caf::actor connection;
  caf::strong_actor_ptr handler;
  router routes;
  routes.on_stop([&] {
    held = {};
    connection = nullptr;
    handler = nullptr;
  });
  routes.post("/http", behavior_handler{[&](caf::event_based_actor* self, const request&,
                                            const caf::actor& to) -> caf::behavior {
                                          connection = to;
                                          handler = self->ctrl();
                                          return {[&, self](const chunk&) {
                                            given.push_back(self->current_mailbox_element()->mid);
                                            if (given.size() == 1)
                                              return; // acknowledged
                                            held = self->make_response_promise();
                                            self->send(connection, respond{text("enough")});
                                          }};
                                        },
                                        true});
  connection_fixture client{routes};
  client.send("POST /http HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
  client.run();
  client.send("y" + get_works);
  client.run();
  REQUIRE(given.size() == 2);
  CHECK(answers_in(client) == 1);
  // The acknowledgement of the first chunk, once more.
  connection->enqueue(handler, given.front().response_id(), caf::make_message(), nullptr);
  client.run();
  CHECK(answers_in(client) == 1);
  CHECK(client.count().acknowledgements_late == 1);
  held.deliver(caf::unit);
  client.run();
  CHECK(answers_in(client) == 2); // there is no such route, but it is answered
}

TEST_CASE("a text in parts may be cut inside a character though parts wait unsent (S36 S48)") {
  router routes;
  const auto refused = std::make_shared<int>(0);
  routes.web_socket("/ws", [refused](web_socket& socket) {
    return [](web_socket& peer, std::shared_ptr<int> count) -> task {
      std::vector<pending_answer> answers;
      // Two octets of one character, the first part behind a message that fills the way out.
      answers.push_back(peer.send_binary(octets{std::string(300'000, 'x')}));
      answers.push_back(peer.send({message_kind::text, octets{std::string_view{"\xc3"}}, false}));
      answers.push_back(peer.send({message_kind::text, octets{std::string_view{"\xa4"}}, true}));
      for (auto& answer : answers) {
        try {
          co_await answer;
        } catch (const handler_fault&) {
          ++*count;
        }
      }
    }(socket, refused);
  });
  connection_fixture client{routes};
  client.stop_reading();
  client.send(handshake("/ws"));
  client.run();
  client.read_on();
  client.run();
  CHECK(*refused == 0);
}

// Several exchanges alive at once on one connection: each has its own slot, clocks and
// cancellation.

#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/testing/internal/workings.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "tests/connection/line_conversation.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// What a handler was told, and a handle on it.
struct puppet {
  caf::strong_actor_ptr handler;
  caf::response_promise due;
  std::string got;
};

/// A connection that speaks lines, to puppets at "/a" and "/b".
struct stage {
  stage() {
    client.send("open 1 /a\nopen 2 /b\n");
    service.run();
  }
  ~stage() {
    for (auto& [target, one] : puppets)
      one.due = {};
  }

  router routes_to_puppets() {
    router made;
    add(made, "/a");
    add(made, "/b");
    return made;
  }
  void add(router& to, const std::string& where) {
    auto& one = puppets[where];
    to.post(where, behavior_handler{[&one](caf::event_based_actor* self, const request&,
                                           const caf::actor& connection) {
              one.handler = caf::actor_cast<caf::strong_actor_ptr>(self);
              return caf::behavior{
                [&one, self](const chunk& piece) {
                  one.got += std::string{piece.content.text()} + ' ';
                  return one.due = self->make_response_promise();
                },
                [&one](const end_of_content&) { one.got += "end "; },
                [&one, self](const cancelled& why) {
                  one.got += std::string{to_string(why.reason)} + ' ';
                  one.due = {};
                  if (why.reason != cancel_reason::handler_deadline)
                    self->quit();
                },
                [&one](bool) { std::exchange(one.due, {}).deliver(caf::unit); },
                [&one, self, connection](const std::string& words) {
                  struct respond whole {
                    text(words)
                  };
                  self->request(connection, caf::infinite, std::move(whole)).then([&one, self] {
                    one.got += "sent ";
                    self->quit();
                  });
                },
              };
            }})
      .handler_deadline(where == "/a" ? 7s : 20s)
      .cancel_grace(where == "/a" ? 2s : 5s);
  }

  void send(std::string_view lines) {
    client.send(lines);
    service.run();
  }
  void acknowledge(const std::string& where) {
    caf::anon_send(caf::actor_cast<caf::actor>(puppets.at(where).handler), true);
    service.run();
  }
  void answer(const std::string& where) {
    caf::anon_send(caf::actor_cast<caf::actor>(puppets.at(where).handler), std::string{"done"});
    service.run();
  }
  [[nodiscard]] const std::string& got(const std::string& where) { return puppets.at(where).got; }
  [[nodiscard]] std::string received() const { return client.seen().received; }

  std::map<std::string, puppet> puppets;
  router routes = routes_to_puppets();
  simulation service{routes, {}, workings{&line_conversation::make, {}}};
  scripted_client& client = service.connect();
};

} // namespace

TEST_CASE("two exchanges of a connection have a delivery outstanding each (S1)") {
  stage all;
  all.send("data 1 one\ndata 1 two\ndata 2 eins\ndata 2 zwei\nend 2\n");
  CHECK(all.got("/a") == "one ");
  CHECK(all.got("/b") == "eins ");
  all.acknowledge("/b");
  CHECK(all.got("/b") == "eins zwei ");
  CHECK(all.got("/a") == "one "); // whose slot is still full
  all.acknowledge("/b");
  CHECK(all.got("/b") == "eins zwei end ");
  all.answer("/b");
  CHECK(all.received() == "2 200 done\n");
  CHECK(all.got("/a") == "one ");
  all.acknowledge("/a");
  CHECK(all.got("/a") == "one two ");
  CHECK(all.service.count().acknowledgements_late == 0);
  CHECK(all.service.count().acknowledgements_foreign == 0);
}

TEST_CASE("one exchange of a connection is cancelled, the other goes on (S44)") {
  stage all;
  all.send("data 1 one\ndata 2 eins\n");
  all.send("gone 1\n");
  CHECK(all.got("/a") == "one peer_closed ");
  CHECK(all.got("/b") == "eins ");
  CHECK(all.service.handlers_alive() == 1);
  all.acknowledge("/b");
  all.send("data 2 zwei\n");
  CHECK(all.got("/b") == "eins zwei ");
  all.acknowledge("/b");
  all.answer("/b");
  CHECK(all.received() == "2 200 done\n");
}

TEST_CASE(
  "each exchange of a connection has its handler's deadline, and its route's grace (S6 S45)") {
  stage all;
  all.send("data 1 one\ndata 2 eins\n");
  all.service.advance(7s - duration{1});
  CHECK(all.received().empty());
  all.service.advance(duration{1});
  CHECK(all.received().find("1 503") == 0);
  CHECK(all.got("/a") == "one handler_deadline ");
  CHECK(all.got("/b") == "eins ");
  CHECK(all.service.count().handlers_killed == 0);
  all.service.advance(2s);
  CHECK(all.service.count().handlers_killed == 1);
  CHECK(all.service.handlers_alive() == 1);
  SUBCASE("who acknowledges has its time anew") {
    all.acknowledge("/b");
    all.send("data 2 zwei\n");
    all.service.advance(20s - duration{1});
    CHECK(all.received().find("2 503") == std::string::npos);
    all.service.advance(duration{1});
    CHECK(all.received().find("2 503") != std::string::npos);
  }
  SUBCASE("who does not has what is left of it") {
    all.service.advance(11s - duration{1});
    CHECK(all.received().find("2 503") == std::string::npos);
    all.service.advance(duration{1});
    CHECK(all.received().find("2 503") != std::string::npos);
    all.service.advance(5s);
    CHECK(all.service.count().handlers_killed == 2);
  }
}

TEST_CASE("all exchanges of a connection are cancelled when it ends (S39 S44)") {
  stage all;
  all.send("data 1 one\ndata 2 eins\n");
  all.client.reset();
  all.service.run();
  CHECK(all.got("/a") == "one peer_reset ");
  CHECK(all.got("/b") == "eins peer_reset ");
  CHECK(all.service.handlers_alive() == 0);
  CHECK_FALSE(all.client.is_served());
}

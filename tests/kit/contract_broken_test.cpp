// Handlers that break the contract in one place only: the check names it.

#include "sluice/actors/testing/contract.hpp"
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

contract_subject upload() {
  contract_subject subject;
  subject.target = "/";
  subject.method = method::post;
  subject.pieces = {"one", "two"};
  return subject;
}

contract_subject conversation() {
  contract_subject subject;
  subject.target = "/";
  subject.is_web_socket = true;
  subject.pieces = {"one", "two"};
  return subject;
}

bool says(const contract_report& report, std::string_view what) {
  return report.text().find(what) != std::string::npos;
}

/// Acknowledges messages, ends with the client's Close, and ignores one reason to end.
behavior_handler deaf_to(cancel_reason one) {
  return {[one](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
    return {
      [](const message&) {},
      [self, one](const cancelled& why) {
        if (why.reason != one)
          self->quit();
      },
    };
  }};
}

} // namespace

TEST_CASE("a handler that takes longer than the patience is named, and one that does not is not") {
  const auto report_of = [](duration work, duration patience, bool is_web_socket) {
    router routes;
    routes.post("/", [work](exchange& http) {
      return [](exchange& to, duration length) -> task {
        while (co_await to.content().next()) {}
        co_await to.delay(length);
        co_await to.respond(status::ok);
      }(http, work);
    });
    routes.web_socket("/", [work](web_socket& socket) {
      return [](web_socket& to, duration length) -> task {
        while (co_await to.next()) {}
        co_await to.delay(length);
      }(socket, work);
    });
    auto subject = is_web_socket ? conversation() : upload();
    subject.patience = patience;
    return check_contract(routes, subject);
  };
  for (const auto is_web_socket : {false, true}) {
    CAPTURE(is_web_socket);
    const auto patient = report_of(3s, 3s, is_web_socket);
    CHECK_MESSAGE(patient.holds(), patient.text());
  }
  const auto late = report_of(3s, 3s - 1ns, false);
  CHECK(says(late, "everything at once: the handler has not answered within the patience"));
  CHECK(says(late, "everything at once: the handler has not ended"));
  const auto open = report_of(3s, 3s - 1ns, true);
  CHECK(says(open, "everything at once: the WebSocket was not closed"));
  CHECK(says(open, "piece by piece: the WebSocket was not closed"));
}

TEST_CASE("a WebSocket that is closed for its handler's failure is named") {
  router routes;
  routes.web_socket("/", [](web_socket& socket) -> task {
    co_await socket.next();
    throw std::runtime_error{"no such room"};
  });
  const auto failed = check_contract(routes, conversation());
  CHECK(says(failed, "everything at once: the WebSocket was closed with 1011 ("));
  CHECK(says(failed, "no such room"));

  router idle;
  idle
    .web_socket("/",
                [](web_socket& socket) -> task {
                  co_await socket.next();
                  co_await socket.delay(1h);
                })
    .handler_deadline(1s);
  const auto late = check_contract(idle, conversation());
  CHECK(says(late, "everything at once: the WebSocket was closed with 1013"));

  router slow;
  slow.post("/", [](exchange& http) -> task {
    co_await http.content().next();
    co_await http.delay(1h);
  });
  auto waits = upload();
  waits.patience = 2 * settings{}.handler_deadline;
  CHECK(says(check_contract(slow, waits), "everything at once: the answer is 503"));
}

TEST_CASE("what is sent in vain is named with the reason") {
  router routes;
  routes.post("/", [](exchange& http) -> task {
    while (co_await http.content().next()) {}
    [[maybe_unused]] const auto first = http.respond(status::ok);
    [[maybe_unused]] const auto second = http.respond(status::ok);
    co_await http.delay(1s);
  });
  const auto report = check_contract(routes, upload());
  CHECK(says(report, "everything at once: what the handler sent was refused: "
                       + std::string{to_string(refusal::already_answered)}));
}

TEST_CASE("a handler that ignores one way to be told to end is named for that alone") {
  const std::vector<std::pair<cancel_reason, std::string>> all{
    {cancel_reason::peer_reset, "a client that resets the connection behind piece 1 of 2: "},
    {cancel_reason::peer_closed, "a client that shuts down its side behind piece 1 of 2: "},
    {cancel_reason::peer_closed, "a client that closes behind piece 1 of 2: "},
    {cancel_reason::draining, "a server that stops in the middle: "}};
  for (const auto& [ignored, expected] : all) {
    router routes;
    routes.web_socket("/", deaf_to(ignored));
    const auto report = check_contract(routes, conversation());
    for (const auto& [reason, what] : all) {
      CAPTURE(what);
      CHECK(says(report, what + "the handler outlived its grace period") == (reason == ignored));
    }
  }
}

TEST_CASE("a handler that stays when a client that does not read goes is named") {
  router routes;
  routes.post("/", behavior_handler{[](caf::event_based_actor* self, const request&,
                                       const caf::actor& connection) -> caf::behavior {
                                      return {
                                        [](const chunk&) {},
                                        [self, connection](const end_of_content&) {
                                          self->send(connection, begin_response{});
                                          self->send(connection, response_content{octets{
                                                                   std::string(1'000'000, 'x')}});
                                        },
                                        [](const cancelled&) {},
                                      };
                                    },
                                    true});
  const auto report = check_contract(routes, upload());
  CHECK(says(report, "a client that does not read and resets the connection: the handler outlived "
                     "its grace period"));
}

TEST_CASE("content that is never asked for again is named where a server stops as well") {
  router routes;
  routes
    .post("/",
          [](exchange& http) -> task {
            co_await http.content().next();
            co_await http.delay(1h);
          })
    .handler_deadline(0s);
  const auto report = check_contract(routes, upload());
  for (const std::string what :
       {"a client that sends everything at once", "a client that sends piece by piece",
        "a client that does not read", "a server that stops in the middle"}) {
    CAPTURE(what);
    CHECK(says(report, what + ": content was left unread without an answer"));
  }
}

// One request and its response, without socket, conversation or connection.

#include "sluice/actors/http/http_exchange.hpp"

#include "sluice/actors/http/response_sink.hpp"
#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "tests/actors/scripted_source.hpp"
#include "tests/actors/stand_in.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct respond answer_of(const std::string& words) {
  return {text(words)};
}

/// Writes down what an exchange sends.
struct scripted_sink final : response_sink {
  explicit scripted_sink(stream_table& streams) : table{streams} {}

  std::error_code send_whole(response&& whole) override {
    said += std::to_string(code_of(whole.status)) + ' ';
    content = whole.content;
    return refuse;
  }
  std::error_code send_head(status code, const fields&, std::optional<std::uint64_t>) override {
    said += std::to_string(code_of(code)) + "+ ";
    return refuse;
  }
  bool takes_content() const override { return wants_content; }
  std::error_code send_content(octets piece) override {
    said += std::string{piece.text()} + ' ';
    return refuse;
  }
  std::error_code send_end(const fields&) override {
    said += "end ";
    return refuse;
  }
  void send_interim(interim which) override {
    said += which == interim::continue_ ? "100 " : "102 ";
  }
  void on_complete() override { said += "complete "; }
  void answer_when_sent(asker to) override { table.answer(to); }
  void hold() override { said += "hold "; }
  void refuse_rest() override { said += "last "; }
  void end_request() override { said += "end-request "; }
  void give_up(cancel_reason reason) override {
    said += "give-up:" + std::string{to_string(reason)} + ' ';
  }
  void judge_end_anew() override { said += "judge-anew "; }
  bool has_unread() const override { return unread; }
  void upgrade(const endpoint&, request&) override { said += "upgrade "; }
  const std::string& peer() const override { return name; }
  std::uint64_t octets_queued() const override { return 0; }
  std::uint64_t octets_sent() const override { return 0; }

  stream_table& table;
  std::string said;
  std::string content; ///< of the last whole response
  std::error_code refuse;
  bool wants_content = true;
  bool unread = false;
  const std::string name = "peer";
};

/// An exchange with one route for everybody, whose handler is a puppet unless a test sets another.
struct stage {
  explicit stage(method which = method::post) {
    head.method = which;
    head.target = "/";
    head.version = http_version::v1_1;
    route().route = "/";
    route().handler = behavior_handler{
      [this](caf::event_based_actor* self, const request&, const caf::actor& connection) {
        handler = caf::actor_cast<caf::strong_actor_ptr>(self);
        auto hold = [this, self](std::string what) {
          got += what + ' ';
          due.push_back(self->make_response_promise());
          return due.back();
        };
        return caf::behavior{
          [hold](const chunk& piece) { return hold(std::string{piece.content.text()}); },
          [this](const end_of_content&) { got += "end "; },
          [this](const cancelled& why) { got += std::string{to_string(why.reason)} + ' '; },
          [this](bool ok) {
            for (auto& credit : std::exchange(due, {}))
              if (ok)
                credit.deliver(caf::unit);
              else
                credit.deliver(caf::make_error(caf::sec::invalid_argument));
          },
          [this, self, connection](const std::string& words) {
            self->request(connection, caf::infinite, answer_of(words))
              .then([this] { got += "sent "; },
                    [this, self](const caf::error& why) {
                      got += std::string{to_string(*refusal_of(why))} + ' ';
                      static_cast<void>(self);
                    });
          },
          [self](int) { self->quit(); }};
      },
      true};
  }

  endpoint& route() { return rig.world.routes.every; }
  void begin() {
    made.begin(request{head});
    rig.run();
  }
  void announce(std::uint64_t length) { head.content_length = length; }
  /// Content comes, if the exchange wants any. @returns whether it did
  bool bring(const std::string& text) {
    if (!made.wanted())
      return false;
    scripted_source source{{{text}}};
    intake in{source};
    in.on_readable();
    std::array<std::byte, 64> buffer{};
    in.read({text.size(), false}, buffer, [&] {
      const auto piece = in.peek();
      in.used(piece.size());
      made.on_content(piece, in);
    });
    made.deliver();
    rig.run();
    return true;
  }
  template <class Order>
  void tell(Order what) {
    caf::anon_send(caf::actor_cast<caf::actor>(handler), std::move(what));
    rig.run();
  }
  void acknowledge() { tell(true); }

  stream_rig rig;
  request head;
  scripted_sink sink{rig.table};
  accounts clocks;
  caf::strong_actor_ptr handler;
  std::vector<caf::response_promise> due;
  std::string got; ///< by the handler
  http_exchange made{rig.world.context, rig.table, clocks, sink};
};

} // namespace

TEST_CASE("a plain function answers at once, and the exchange is over") {
  stage one{method::get};
  one.route().handler = function_handler{[](const request&) { return text("fine"); }};
  one.begin();
  CHECK(one.sink.said == "200 complete ");
  CHECK(one.sink.content == "fine");
  CHECK(one.made.is_over());
}

TEST_CASE("a log that wants no accesses gets none") {
  stage one{method::get};
  one.route().handler = function_handler{[](const request&) { return text("fine"); }};
  SUBCASE("one that does") {}
  SUBCASE("and one that does not") {
    one.rig.world.log.wants = false;
  }
  one.begin();
  CHECK(one.rig.world.log.peers.size() == (one.rig.world.log.wants ? 1 : 0));
}

TEST_CASE("what a plain function throws is the answer, or a failure") {
  stage one{method::get};
  SUBCASE("a problem of the request") {
    one.route().handler = function_handler{
      [](const request&) -> response { throw http_error{status::conflict}; }};
    one.begin();
    CHECK(one.sink.said == "409 complete ");
  }
  SUBCASE("anything else") {
    one.route().handler = function_handler{
      [](const request&) -> response { throw std::runtime_error{"no"}; }};
    one.begin();
    CHECK(one.sink.said == "500 complete ");
  }
  SUBCASE("or it says what is no answer") {
    one.route().handler = function_handler{
      [](const request&) { return text({}, status::continue_); }};
    one.begin();
    CHECK(one.sink.said == "500 complete ");
  }
}

TEST_CASE("a guard that lets nobody pass answers, and nothing is started") {
  stage one;
  one.route().guards.emplace_back(
    [](const request&) -> std::optional<response> { return text({}, status::forbidden); });
  one.begin();
  CHECK(one.sink.said == "403 complete ");
  CHECK_FALSE(one.handler);
  CHECK(one.made.matched() == &one.route());
}

TEST_CASE("what a request may not ask for is refused before anything is started") {
  stage one;
  SUBCASE("CONNECT") {
    one.head.method = method::connect;
    one.begin();
    CHECK(one.sink.said == "last 501 complete ");
  }
  SUBCASE("an expectation that nobody knows") {
    one.head.fields.add("Expect", "miracles");
    one.begin();
    CHECK(one.sink.said == "417 complete ");
  }
  SUBCASE("more content than the route allows, as declared") {
    one.route().limits.content = 3;
    one.announce(4);
    one.begin();
    CHECK(one.sink.said == "413 complete ");
  }
  CHECK_FALSE(one.handler);
}

TEST_CASE("one chunk is with the handler, and nothing is wanted meanwhile (S1)") {
  stage one;
  one.announce(6);
  one.begin();
  CHECK(one.made.wanted().octets == 6);
  CHECK(one.made.wanted().is_content);
  CHECK(one.bring("one"));
  CHECK(one.got == "one ");
  CHECK_FALSE(one.bring("two"));
  one.acknowledge();
  CHECK(one.made.wanted().octets == 3);
  CHECK(one.bring("two"));
  one.made.on_end({});
  one.made.deliver();
  one.rig.run();
  CHECK(one.got == "one two "); // the end comes behind the last acknowledgement (S4)
  one.acknowledge();
  CHECK(one.got == "one two end ");
  one.tell(std::string{"done"});
  CHECK(one.sink.said == "200 complete ");
  CHECK(one.got == "one two end sent ");
  CHECK(one.made.is_over()); // though the handler works on
}

TEST_CASE("a client that waits for it hears 100 when content is demanded (S16)") {
  stage one;
  one.head.fields.add("Expect", "100-continue");
  one.announce(3);
  SUBCASE("at once") {
    one.begin();
    CHECK(one.sink.said == "100 ");
    CHECK_FALSE(one.made.needs_continue());
  }
  SUBCASE("unless content comes already") {
    one.sink.unread = true;
    one.begin();
    CHECK(one.sink.said.empty());
  }
  SUBCASE("never if nobody wants it") {
    std::get<behavior_handler>(one.route().handler).demands_at_start = false;
    one.begin();
    CHECK(one.made.needs_continue());
    CHECK_FALSE(one.made.wanted());
    one.tell(std::string{"no need"});
    CHECK(one.sink.said == "200 complete ");
  }
}

TEST_CASE("what is left of the content is of no use after the answer (S22)") {
  stage one;
  one.announce(6);
  one.begin();
  one.tell(std::string{"early"});
  CHECK(one.sink.said == "200 complete ");
  CHECK_FALSE(one.made.is_over());
  CHECK(one.made.content_left() == 6);
  CHECK(one.bring("onetwo")); // to be discarded
  CHECK(one.got == "sent ");
  one.made.on_end({});
  CHECK(one.made.is_over());
}

TEST_CASE("content past the route's limit ends the request") {
  stage one;
  one.head.chunked = true;
  one.route().limits.content = 5;
  one.begin();
  CHECK(one.bring("12345"));
  one.acknowledge();
  CHECK(one.bring("6"));
  CHECK(one.sink.said == "last 413 complete ");
  CHECK(one.got == "12345 limit_exceeded ");
  CHECK_FALSE(one.made.is_over()); // as its handler has not ended
  one.tell(0);
  one.made.on_end({});
  CHECK(one.made.is_over());
}

TEST_CASE("a handler that fails is answered for, if it has not begun (S5)") {
  stage one;
  one.begin();
  SUBCASE("it ends without an answer") {
    one.tell(0);
    CHECK(one.sink.said == "500 complete ");
    CHECK(one.made.is_over());
  }
  SUBCASE("it takes no content") {
    stage other;
    other.announce(3);
    other.begin();
    CHECK(other.bring("one"));
    other.tell(false);
    CHECK(other.sink.said == "last 500 complete ");
    CHECK(other.got == "one answered ");
  }
}

TEST_CASE("a handler that takes too long is told so, and its client as well (S6)") {
  stage one;
  one.route().limits.handler_deadline = 7s;
  one.route().limits.content_deadline = 9s;
  one.announce(3);
  one.begin();
  CHECK(one.made.awaited() == wait::content);
  CHECK(one.made.terms_of(wait::content).time == 9s);
  CHECK(one.bring("one"));
  CHECK(one.made.awaited() == wait::handler);
  CHECK(one.made.terms_of(wait::handler).time == 7s);
  one.made.on_deadline(wait::handler);
  one.rig.run();
  CHECK(one.sink.said == "last 503 complete ");
  CHECK(one.got == "one handler_deadline ");
}

TEST_CASE("a client that takes too long is told so, and its handler as well (S53)") {
  stage one;
  one.announce(3);
  one.begin();
  one.made.on_deadline(wait::content);
  one.rig.run();
  CHECK(one.sink.said == "last 408 complete ");
  CHECK(one.got == "client_deadline ");
}

TEST_CASE("a client that has gone is not answered (S40)") {
  stage one;
  one.announce(3);
  one.begin();
  one.made.on_truncated();
  one.rig.run();
  CHECK(one.sink.said == "end-request ");
  CHECK(one.got == "peer_closed ");
}

TEST_CASE("a response in pieces ends whole or not at all (S25 S50)") {
  stage one{method::get};
  using said = std::vector<std::optional<refusal>>;
  said answers;
  caf::actor connection;
  one.route().handler = behavior_handler{
    [&](caf::event_based_actor* self, const request&, const caf::actor& to) {
      one.handler = caf::actor_cast<caf::strong_actor_ptr>(self);
      connection = to;
      const auto ask = [&, self](auto what) {
        self->request(connection, caf::infinite, std::move(what))
          .then([&] { answers.emplace_back(); },
                [&](const caf::error& why) { answers.emplace_back(refusal_of(why)); });
      };
      return caf::behavior{[ask](int step) {
                             if (step == 1)
                               ask(begin_response{});
                             else if (step == 2)
                               ask(response_content{octets{std::string{"piece"}}});
                             else
                               ask(end_response{});
                           },
                           [](const cancelled&) {}};
    },
    false};
  one.begin();
  one.tell(2);
  CHECK(answers == said{refusal::not_begun});
  one.tell(1);
  one.tell(2);
  CHECK(one.sink.said == "200+ hold piece ");
  SUBCASE("whole") {
    one.tell(3);
    CHECK(one.sink.said == "200+ hold piece end complete ");
    CHECK(answers == said{refusal::not_begun, {}, {}, {}});
    CHECK(one.made.is_over());
  }
  SUBCASE("shorter than declared") {
    one.sink.refuse = make_error_code(errc::content_too_short);
    one.tell(3);
    CHECK(one.sink.said == "200+ hold piece end give-up:answered ");
    CHECK(answers.back() == refusal::length_mismatch);
  }
  SUBCASE("without room it goes on later (S48)") {
    one.sink.refuse = std::make_error_code(std::errc::no_buffer_space);
    one.tell(2);
    CHECK(answers.back() == refusal::output_full);
    one.sink.refuse = {};
    one.tell(3);
    CHECK(one.made.is_over());
  }
  SUBCASE("and once") {
    one.tell(1);
    CHECK(answers.back() == refusal::already_answered);
  }
  connection = nullptr;
}

TEST_CASE("what may have no content ends with its head (S24)") {
  stage one{method::head};
  one.sink.wants_content = false;
  std::string ended;
  one.route().handler = behavior_handler{
    [&](caf::event_based_actor* self, const request&, const caf::actor& to) {
      self->request(to, caf::infinite, begin_response{}).then([] {});
      return caf::behavior{[&, self](const cancelled& why) {
        ended = to_string(why.reason);
        self->quit();
      }};
    },
    false};
  one.begin();
  CHECK(one.sink.said == "200+ end complete ");
  CHECK(ended == "answered");
  CHECK(one.made.is_over());
}

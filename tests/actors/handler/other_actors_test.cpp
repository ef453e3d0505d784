#include "sluice/actors/handler/ask.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "tests/actors/handler/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using get = caf::atom_constant<caf::atom("get")>;
using fail = caf::atom_constant<caf::atom("fail")>;
using never = caf::atom_constant<caf::atom("never")>;

/// Answers in several ways.
caf::behavior oracle(caf::event_based_actor* self, int start) {
  return {
    [=](get) { return start; },
    [=](get, const std::string& what) -> caf::result<std::string, int> {
      return {what + "!", start};
    },
    [](fail) -> caf::result<int> { return caf::sec::bad_function_call; },
    [self](never) { return self->make_response_promise<int>(); },
  };
}

/// Asks `other` as CAF does, which skips whatever else comes until that has answered, then waits
/// for a text.
task ask_and_wait(exchange& http, caf::actor other, caf::actor& me) {
  me = caf::actor{&http.self()};
  inbox<std::string> texts{http};
  auto answered = std::string{"not answered, "};
  http.self().request(other, caf::infinite, get::value).await([&](int) {
    answered = "answered, ";
  });
  const auto text = co_await texts.next();
  co_await http.respond(status::ok, answered + text);
}

/// Promises an answer.
caf::behavior promising(caf::event_based_actor* self, caf::response_promise* promise) {
  return {[=](get) -> caf::result<int> {
    auto made = self->make_response_promise<int>();
    *promise = made;
    return made;
  }};
}

/// Lives until it is told to end, and says so.
caf::behavior idle(caf::event_based_actor* self, bool* ended) {
  self->attach_functor([ended] { *ended = true; });
  return {[](get) {}};
}

} // namespace

TEST_CASE("what a handler skips is looked at again, wherever the messages come from") {
  const auto here = [](auto call) { call(); };
  const auto there = [](auto call) { std::thread{std::move(call)}.join(); };
  const auto try_out = [](auto send_text, auto send_answer) {
    handler_fixture client;
    caf::actor handler;
    caf::response_promise promise;
    const auto other = client.system().spawn(promising, &promise);
    client.start(http_endpoint([&](exchange& http) { return ask_and_wait(http, other, handler); }));
    client.run();
    send_text([&] { caf::anon_send(handler, std::string{"text"}); });
    client.run();
    CHECK(client.sent_content().empty());
    send_answer([&] { promise.deliver(7); });
    client.run();
    CHECK(client.sent_content() == "answered, text");
    caf::anon_send_exit(other, caf::exit_reason::kill);
  };
  try_out(here, here);
  try_out(here, there);
  try_out(there, here);
  try_out(there, there);
}

// -- ask ---------------------------------------------------------------------------

TEST_CASE("a handler waits for the answer of another actor") {
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  client.start(http_endpoint([&](exchange& http) -> task {
    const auto number = co_await ask<int>(http, other, get::value);
    const auto [text, same] = co_await ask<std::string, int>(http, other, get::value,
                                                             std::string{"a"});
    co_await http.respond(status::ok, std::to_string(number) + text + std::to_string(same));
  }));
  client.run();
  CHECK(client.sent_content() == "17a!17");
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_CASE("an error, an answer of another type and an actor that is gone are failed requests") {
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  auto failures = 0;
  client.start(http_endpoint([&](exchange& http) -> task {
    try {
      co_await ask<int>(http, other, fail::value);
    } catch (const request_failed& failure) {
      ++failures;
      CHECK(failure.why() == caf::sec::bad_function_call);
    }
    try {
      co_await ask<std::string>(http, other, get::value);
    } catch (const request_failed&) {
      ++failures;
    }
    caf::anon_send_exit(other, caf::exit_reason::kill);
    try {
      co_await ask<int>(http, other, never::value);
    } catch (const request_failed&) {
      ++failures;
    }
  }));
  client.run();
  CHECK(failures == 3);
}

TEST_CASE("a disconnect cancels a handler that waits for another actor (S44)") {
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  auto gone = false;
  client.start(http_endpoint([&](exchange& http) -> task {
    const witness local{gone};
    co_await ask<int>(http, other, never::value);
  }));
  client.run();
  CHECK_FALSE(gone);
  client.cancel(cancel_reason::peer_closed);
  client.run();
  CHECK(gone);
  CHECK_FALSE(client.handler_alive());
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

// -- the first of several -----------------------------------------------------------

TEST_CASE("a handler waits for the first of several, and what was not chosen is not lost") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint([&log](web_socket& socket) -> task {
    while (true) {
      auto event = co_await first_of(socket.next(), socket.delay(10s));
      if (event.index() == 1) {
        log += '.';
      } else if (const auto& message = std::get<0>(event)) {
        log += message->text();
      } else {
        break;
      }
    }
  }));
  client.run();
  client.deliver("a");
  client.run();
  client.advance(9s);
  client.deliver("b");
  client.run();
  CHECK(log == "ab"); // the delay began anew with each message
  client.advance(10s);
  CHECK(log == "ab.");
  client.deliver("c");
  client.close();
  client.run();
  CHECK(log == "ab.c");
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("of several that are always ready none is starved, whatever the handler's rhythm") {
  auto numbers_taken = 0;
  auto words_taken = 0;
  handler_fixture client;
  client.start(web_socket_endpoint([&](web_socket& socket) -> task {
    inbox<int> numbers{socket, {slow_consumer::drop_newest, 200}};
    inbox<std::string> words{socket, {slow_consumer::drop_newest, 200}};
    co_await socket.delay(1s);
    for (auto i = 0; i < 100; ++i) {
      auto event = co_await first_of(numbers.next(), words.next());
      if (event.index() == 0) {
        ++numbers_taken;
        continue;
      }
      ++words_taken;
      // Two for each word: with turns in order the outer one would always begin at the same.
      co_await first_of(socket.send_text("a"), socket.delay(5s));
    }
  }));
  client.run();
  for (auto i = 0; i < 150; ++i) {
    caf::anon_send(client.seen().handler, i);
    caf::anon_send(client.seen().handler, std::string{"w"});
  }
  client.run();
  client.advance(1s);
  CHECK(numbers_taken + words_taken == 100);
  CHECK(numbers_taken > 20);
  CHECK(words_taken > 20);
}

TEST_CASE("a plain message that nobody wants does not end its sender") {
  handler_fixture client;
  client.start(web_socket_endpoint([](web_socket& socket) -> task { co_await socket.next(); }));
  client.run();
  auto ended = false;
  const auto sender = client.system().spawn(
    [&ended](caf::event_based_actor* self, const caf::actor& to) -> caf::behavior {
      self->attach_functor([&ended] { ended = true; });
      self->send(to, 2.5);
      return {[](get) {}};
    },
    client.seen().handler);
  client.run();
  CHECK_FALSE(ended);
  caf::anon_send_exit(sender, caf::exit_reason::kill);
}

TEST_CASE("an answer that lost the race is not waited for") {
  auto rounds = 0;
  handler_fixture client;
  const auto other = client.system().spawn(oracle, 17);
  client.start(http_endpoint([&](exchange& http) -> task {
    for (; rounds < 100; ++rounds) {
      auto event = co_await first_of(ask<int>(http, other, never::value), http.delay(1ms));
      CHECK(event.index() == 1);
    }
    co_await http.respond(status::ok);
  }));
  client.run();
  client.advance(1s);
  CHECK(rounds == 100);
  CHECK(client.seen().is_finished);
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

// -- inbox ---------------------------------------------------------------------------

namespace {

/// A handler that takes a word a second.
web_socket_handler word_reader(std::string& log, push_policy policy) {
  return [&log, policy](web_socket& socket) -> task {
    inbox<std::string> words{socket, policy};
    while (true) {
      log += co_await words.next();
      co_await socket.delay(1s);
    }
  };
}

} // namespace

TEST_CASE("who sends a request to an inbox is answered when the handler takes it") {
  std::string log;
  handler_fixture client;
  client.start(web_socket_endpoint(word_reader(log, {slow_consumer::wait, 1})));
  client.run();
  auto answered = 0;
  const auto sender = client.system().spawn(
    [&answered](caf::event_based_actor* self, const caf::actor& to) {
      for (const auto* word : {"a", "b", "c"})
        self->request(to, caf::infinite, std::string{word}).then([&answered] { ++answered; });
    },
    client.seen().handler);
  client.run();
  CHECK(log == "a");
  CHECK(answered == 1);
  client.advance(1s);
  CHECK(answered == 2);
  client.advance(1s);
  CHECK(log == "abc");
  CHECK(answered == 3);
}

TEST_CASE("an inbox that is full drops by its policy, and tells who waits") {
  for (const auto& [policy, expected] : {std::pair{slow_consumer::drop_oldest, "ade"},
                                         {slow_consumer::drop_newest, "abc"},
                                         {slow_consumer::close, "abc"},
                                         {slow_consumer::latest, "ae"}}) {
    std::string log;
    handler_fixture client;
    client.start(web_socket_endpoint(word_reader(log, {policy, 2})));
    client.run();
    for (const auto* word : {"a", "b", "c", "d", "e"}) {
      caf::anon_send(client.seen().handler, std::string{word});
      client.run();
    }
    client.advance(10s);
    CHECK(log == expected);
  }
}

TEST_CASE("a message of several values comes as a tuple; one that no inbox wants is an error") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint([&log](exchange& http) -> task {
    inbox<std::string, int> pairs{http};
    const auto [word, number] = co_await pairs.next();
    log = word + std::to_string(number);
  }));
  client.run();
  caf::error refused;
  const auto sender = client.system().spawn(
    [&refused](caf::event_based_actor* self, const caf::actor& to) {
      self->request(to, caf::infinite, 2.5).then([] {}, [&](caf::error& why) { refused = why; });
      self->send(to, std::string{"a"}, 1);
    },
    client.seen().handler);
  client.run();
  CHECK(refused == caf::sec::unexpected_message);
  CHECK(log == "a1");
}

TEST_CASE("who waits for an inbox hears when its handler ends") {
  handler_fixture client;
  std::string log;
  client.start(web_socket_endpoint(word_reader(log, {slow_consumer::wait, 1})));
  client.run();
  auto failures = 0;
  const auto sender = client.system().spawn(
    [&failures](caf::event_based_actor* self, const caf::actor& to) {
      for (const auto* word : {"a", "b"})
        self->request(to, caf::infinite, std::string{word})
          .then([] {}, [&failures](caf::error&) { ++failures; });
    },
    client.seen().handler);
  client.run();
  client.cancel(cancel_reason::peer_reset);
  client.run();
  CHECK(failures == 1);
}

// -- children ------------------------------------------------------------------------

TEST_CASE("the children of a handler end with it, however it ends") {
  for (const auto is_cancelled : {true, false}) {
    CAPTURE(is_cancelled);
    handler_fixture client;
    caf::actor child;
    auto ended = false;
    client.start(http_endpoint([&](exchange& http) -> task {
      child = spawn_child(http, idle, &ended);
      co_await http.delay(1s);
      co_await http.respond(status::ok);
    }));
    client.run();
    CHECK(child);
    CHECK_FALSE(ended);
    if (is_cancelled)
      client.cancel(cancel_reason::peer_reset);
    else
      client.advance(1s);
    client.run();
    CHECK_FALSE(client.handler_alive());
    CHECK(ended);
  }
}

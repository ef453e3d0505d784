#include "sluice/actors/handler/exchange.hpp"

#include "tests/actors/handler/support.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

task collect(exchange& http) {
  std::string all;
  while (auto chunk = co_await http.content().next())
    all += chunk->text();
  co_await http.respond(status::ok, all);
}

/// Takes a chunk, works for a second, and so on.
exchange_handler slow_reader(std::string& taken) {
  return [&taken](exchange& http) -> task {
    while (auto chunk = co_await http.content().next()) {
      taken += chunk->text();
      co_await http.delay(1s);
    }
  };
}

} // namespace

// -- content ----------------------------------------------------------------------

TEST_CASE("the chunks of a request reach the handler in order") {
  handler_fixture client;
  client.start(http_endpoint(collect));
  for (const auto* piece : {"one ", "two ", "three"})
    client.deliver(piece);
  client.end_content();
  client.run();
  CHECK(client.sent_content() == "one two three");
  CHECK(client.seen().is_finished);
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("a handler demands content only when it asks for it (S16)") {
  std::string taken;
  handler_fixture client;
  client.start(http_endpoint([&taken](exchange& http) -> task {
    co_await http.delay(1s);
    const auto chunk = co_await http.content().next();
    taken = chunk->text();
  }));
  client.deliver("a");
  client.run();
  CHECK_FALSE(client.seen().wants_content);
  CHECK_FALSE(client.is_stalled());
  client.advance(1s);
  CHECK(client.seen().wants_content);
  CHECK(taken == "a");
}

TEST_CASE("asking for the next chunk acknowledges the one before and nothing else does (S1)") {
  std::string taken;
  handler_fixture client;
  client.start(http_endpoint(slow_reader(taken)));
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

TEST_CASE("a handler that never asks again keeps the slot full (S1)") {
  std::string taken;
  handler_fixture client;
  client.start(http_endpoint([&taken](exchange& http) -> task {
    const auto chunk = co_await http.content().next();
    taken += chunk->text();
    co_await http.delay(1h);
  }));
  for (const auto* piece : {"a", "b", "c"})
    client.deliver(piece);
  client.end_content();
  client.advance(59min);
  CHECK(taken == "a");
  CHECK(client.is_stalled());
}

TEST_CASE("asking again before the chunk was taken does not acknowledge it (S1)") {
  std::string taken;
  handler_fixture client;
  client.start(http_endpoint([&taken](exchange& http) -> task {
    [[maybe_unused]] const auto first = http.content().next();
    co_await http.delay(1s);
    const auto again = http.content().next();
    co_await http.delay(1s);
    const auto chunk = co_await again;
    taken += chunk->text();
    co_await http.delay(1s);
  }));
  client.deliver("a");
  client.deliver("b");
  client.advance(1s);
  CHECK(client.is_stalled());
  client.advance(1s);
  CHECK(taken == "a");
  CHECK(client.is_stalled());
}

TEST_CASE("a handler that ends with a chunk outstanding frees the slot (S5)") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    const auto chunk = co_await http.content().next();
    co_await http.respond(status::ok, "enough");
  }));
  client.deliver("a");
  client.deliver("b");
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.is_stalled());
  CHECK(client.sent_content() == "enough");
}

TEST_CASE("the end of the content reaches the handler after the last chunk was acknowledged (S4)") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint([&log](exchange& http) -> task {
    while (const auto chunk = co_await http.content().next()) {
      log += chunk->text();
      co_await http.delay(1s);
    }
    log += '.';
    log += http.content().trailers().find("digest").value_or("");
  }));
  client.deliver("a");
  client.end_content({{"Digest", "x"}});
  client.run();
  CHECK(log == "a");
  client.advance(1s);
  CHECK(log == "a.x");
}

TEST_CASE("the end of empty content reaches the handler (S4)") {
  handler_fixture client;
  client.start(http_endpoint(collect));
  client.end_content();
  client.run();
  REQUIRE(client.sent().size() == 1);
  CHECK(client.sent_content().empty());
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("after the end of the content there is nothing however often it is asked for (S4)") {
  int ends = 0;
  handler_fixture client;
  client.start(http_endpoint([&ends](exchange& http) -> task {
    for (int i = 0; i < 3; ++i)
      if (const auto chunk = co_await http.content().next(); !chunk)
        ++ends;
  }));
  client.end_content();
  client.run();
  CHECK(ends == 3);
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a handler sees the head of its request and the parameters of its route") {
  request head;
  head.method = method::put;
  head.parameters = {{"name", "report.pdf"}};
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
                 std::string text{to_string(http.request().method)};
                 text.append(" ").append(http.param("name")).append(http.param("other"));
                 co_await http.respond(status::ok, text);
               }),
               head);
  client.run();
  CHECK(client.sent_content() == "PUT report.pdf");
}

// -- responses --------------------------------------------------------------------

TEST_CASE("a response is sent head first and piece by piece to its explicit end (S50)") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    const fields head{{"Content-Type", "text/csv"}};
    co_await http.begin(status::ok, head, 4);
    co_await http.send("ab");
    co_await http.send("cd");
    co_await http.finish();
  }));
  client.run();
  const auto heads = sent_as<begin_response>(client);
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].length == 4);
  CHECK(heads[0].fields.find("content-type") == "text/csv");
  CHECK(client.sent_content() == "abcd");
  CHECK(std::holds_alternative<end_response>(client.sent().back()));
  CHECK(client.seen().is_finished);
}

TEST_CASE("a handler that ends without the end of its response leaves it unfinished (S50)") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    co_await http.begin(status::ok);
    co_await http.send("half");
  }));
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().is_finished);
}

TEST_CASE("a peer that does not read stalls a handler that waits for what it sent (S49)") {
  handler_fixture client;
  client.peer_stops_reading();
  client.start(http_endpoint([](exchange& http) -> task {
    co_await http.begin(status::ok);
    for (int i = 0; i < 100; ++i)
      co_await http.send("x");
    co_await http.finish();
  }));
  client.run();
  CHECK(client.sent().size() == 1);
  CHECK(client.handler_alive());
  client.peer_reads();
  client.run();
  CHECK(client.sent_content().size() == 100);
  CHECK(client.seen().is_finished);
}

TEST_CASE("a handler that sends without waiting is refused at the cap (S48)") {
  int accepted = 0;
  std::string failure;
  handler_fixture client;
  client.peer_stops_reading();
  client.start(http_endpoint([&](exchange& http) -> task {
    const octets piece{std::string_view{std::string(64 * 1024, 'x')}};
    std::vector<pending_answer> answers;
    answers.push_back(http.begin(status::ok));
    for (int i = 0; i < 100; ++i)
      answers.push_back(http.send(piece));
    co_await http.delay(1s);
    for (auto each = answers.rbegin(); each != answers.rend(); ++each)
      try {
        co_await std::move(*each);
        ++accepted;
      } catch (const handler_fault& fault) {
        CHECK(fault.why() == refusal::output_full);
      }
  }));
  client.advance(1s);
  client.peer_reads();
  client.run();
  CHECK(accepted == 1 + 17); // the head, and 17 pieces of 64 KiB up to a cap of 1 MiB and 64 KiB
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("ignoring what can be awaited is harmless") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    [[maybe_unused]] const auto a = http.begin(status::ok);
    for (int i = 0; i < 1000; ++i)
      [[maybe_unused]] const auto b = http.send("x");
    [[maybe_unused]] const auto c = http.finish();
    [[maybe_unused]] const auto refused = http.send("too late");
    [[maybe_unused]] const auto d = http.delay(1s);
    [[maybe_unused]] const auto e = http.content().next();
    co_await http.delay(2s);
  }));
  client.advance(2s);
  CHECK(client.sent_content() == std::string(1000, 'x'));
  CHECK(client.seen().refused == std::vector{refusal::already_answered});
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("what a handler sends before it ends is sent although it does not wait") {
  handler_fixture client;
  client.peer_stops_reading();
  client.start(http_endpoint([](exchange& http) -> task {
    [[maybe_unused]] const auto answer = http.respond(status::ok, "last words");
    co_return;
  }));
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.sent_content() == "last words");
  client.peer_reads();
  client.run();
}

TEST_CASE("an answer can be awaited long after it has come and more than once") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint([&log](exchange& http) -> task {
    const auto answer = http.respond(status::ok);
    co_await http.delay(1s);
    co_await answer;
    log += 'a';
    co_await answer;
    log += 'b';
  }));
  client.advance(1s);
  CHECK(log == "ab");
}

TEST_CASE("what is refused throws in the handler (S25)") {
  std::vector<refusal> faults;
  const auto probe = [&faults](const pending_answer& answer) -> task {
    try {
      co_await answer;
    } catch (const handler_fault& fault) {
      faults.push_back(fault.why());
    }
  };
  handler_fixture client;
  SUBCASE("a second response") {
    client.start(http_endpoint([probe](exchange& http) -> task {
      co_await http.respond(status::ok);
      const auto second = http.respond(status::ok);
      const auto check = probe(second);
      co_await check;
    }));
    client.run();
    CHECK(faults == std::vector{refusal::already_answered});
  }
  SUBCASE("a second head") {
    client.start(http_endpoint([probe](exchange& http) -> task {
      co_await http.begin(status::ok);
      const auto second = http.begin(status::ok);
      const auto check = probe(second);
      co_await check;
    }));
    client.run();
    CHECK(faults == std::vector{refusal::already_answered});
  }
  SUBCASE("content and an end before a head") {
    client.start(http_endpoint([probe](exchange& http) -> task {
      const auto piece = http.send("x");
      const auto check = probe(piece);
      co_await check;
      const auto end = http.finish();
      const auto check_end = probe(end);
      co_await check_end;
    }));
    client.run();
    CHECK(faults == std::vector{refusal::not_begun, refusal::not_begun});
  }
  CHECK(client.seen().refused == faults);
  CHECK_FALSE(client.handler_alive());
  CHECK_FALSE(client.seen().exit_reason);
}

TEST_CASE("a refusal that the handler does not catch ends it with an error") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    co_await http.respond(status::ok);
    co_await http.respond(status::ok);
    FAIL("it goes on");
  }));
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.seen().exit_reason == caf::sec::runtime_error);
}

TEST_CASE("an exception ends the handler with an error") {
  bool gone = false;
  handler_fixture client;
  SUBCASE("before it first waits") {
    client.start(http_endpoint([&gone](exchange&) -> task {
      const witness local{gone};
      throw std::runtime_error{"broken"};
      co_return;
    }));
  }
  SUBCASE("after it has waited") {
    client.start(http_endpoint([&gone](exchange& http) -> task {
      const witness local{gone};
      co_await http.delay(1s);
      throw std::runtime_error{"broken"};
    }));
  }
  SUBCASE("in a task that it awaits") {
    static const auto inner = [](exchange& http) -> task {
      co_await http.delay(1s);
      throw std::runtime_error{"broken"};
    };
    client.start(http_endpoint([&gone](exchange& http) -> task {
      const witness local{gone};
      const auto part = inner(http);
      co_await part;
    }));
  }
  SUBCASE("that is no std::exception") {
    client.start(http_endpoint([&gone](exchange& http) -> task {
      const witness local{gone};
      co_await http.delay(1s);
      throw 42;
    }));
  }
  client.advance(1s);
  CHECK_FALSE(client.handler_alive());
  CHECK(client.seen().exit_reason == caf::sec::runtime_error);
  CHECK(gone);
}

TEST_CASE("a handler that is no coroutine and throws ends with an error that says why") {
  handler_fixture client;
  client.start(http_endpoint([](exchange&) -> task { throw std::runtime_error{"broken"}; }));
  client.run();
  CHECK_FALSE(client.handler_alive());
  CHECK(client.seen().exit_reason == caf::sec::runtime_error);
  CHECK(client.system().render(client.seen().exit_reason).find("broken") != std::string::npos);
}

// -- time -------------------------------------------------------------------------

TEST_CASE("a delay is over at its time and not before (S56)") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint([&log](exchange& http) -> task {
    co_await http.delay(10s);
    log += 'a';
    co_await http.delay(10s);
    log += 'b';
  }));
  client.advance(9999ms);
  CHECK(log.empty());
  client.advance(1ms);
  CHECK(log == "a");
  client.advance(1min);
  CHECK(log == "ab");
}

TEST_CASE("delays run beside each other and beside what is sent (S56)") {
  std::string log;
  handler_fixture client;
  client.peer_stops_reading();
  client.start(http_endpoint([&log](exchange& http) -> task {
    const auto long_one = http.delay(10s);
    const auto short_one = http.delay(1s);
    const auto answer = http.respond(status::ok);
    co_await short_one;
    log += 's';
    co_await long_one;
    log += 'l';
    co_await answer;
    log += 'a';
  }));
  client.advance(1s);
  CHECK(log == "s");
  client.advance(9s);
  CHECK(log == "sl");
  client.peer_reads();
  client.run();
  CHECK(log == "sla");
}

TEST_CASE("a delay of nothing lets others go first and goes on") {
  bool went_on = false;
  handler_fixture client;
  client.start(http_endpoint([&went_on](exchange& http) -> task {
    co_await http.delay(duration::zero());
    went_on = true;
  }));
  client.advance(duration::zero());
  CHECK(went_on);
}

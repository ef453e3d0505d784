// Clients that wait to be accepted when a server stops.

#include "tests/actors/accepting_loop.hpp"
#include "tests/support/memory_allowance.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

using crowd = std::vector<std::unique_ptr<raw_client>>;

crowd come_all(const accepting_loop::gate& to, int number) {
  crowd all;
  for (auto i = 0; i < number; ++i)
    all.push_back(accepting_loop::come(to));
  return all;
}

/// A response, and the end of the stream behind it.
std::string last_heard_by(raw_client& client) {
  auto all = client.receive_all();
  CHECK_MESSAGE(client.is_readable(), "the server has not ended its side");
  CHECK_FALSE(client.was_reset());
  return all;
}

} // namespace

TEST_CASE_FIXTURE(accepting_loop,
                  "all who wait when a stop begins are served for the last time also "
                  "where a turn takes fewer (S52 S59)") {
  auto& door = add_acceptor();
  const auto clients = come_all(door, 90);
  door.accepts->drain();
  run();
  CHECK(count.connections_accepted == 90);
  for (const auto& client : clients) {
    const auto answer = last_heard_by(*client);
    CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("fine"));
  }
}

TEST_CASE_FIXTURE(accepting_loop,
                  "who connects a moment after a stop has begun is told so before the socket "
                  "is closed (S57 S59)") {
  auto& door = add_acceptor();
  door.accepts->drain();
  const auto late = come(door); // as if its handshake had been under way
  advance(99ms);
  CHECK_FALSE(late->is_readable());
  CHECK(is_open(door.descriptor));
  SUBCASE("which is soon") {
    advance(1ms);
  }
  SUBCASE("which is at the end of the loop") {
    door.accepts->close();
  }
  CHECK(last_heard_by(*late).starts_with("HTTP/1.1 503 "));
  CHECK_FALSE(is_open(door.descriptor));
  CHECK(count.connections_accepted == 0);
  CHECK(count.connections_late == 1);
}

TEST_CASE_FIXTURE(accepting_loop,
                  "of those who wait when a stop begins the ones for whom there is no "
                  "room are told so (S57 S59)") {
  take_places(most_connections - 2);
  auto& door = add_acceptor();
  auto open = come(door);
  run();
  CHECK(open->receive_response().ends_with("fine"));
  const auto clients = come_all(door, 5);
  door.accepts->drain();
  run();
  CHECK(count.connections_accepted == 2);
  CHECK(last_heard_by(*clients.front()).ends_with("fine"));
  for (auto i = 1U; i < clients.size(); ++i)
    CHECK(last_heard_by(*clients[i]).starts_with("HTTP/1.1 503 "));
  CHECK_FALSE(quota.is_spare_missing());
  CHECK(last_heard_by(*open).empty());
}

TEST_CASE_FIXTURE(accepting_loop,
                  "a stop turns away who waits past the limit and waits for room no "
                  "longer (S57 S59 S60)") {
  take_places(most_connections);
  auto& door = add_acceptor();
  const auto client = come(door);
  run(); // accepting rests
  door.accepts->drain();
  CHECK(last_heard_by(*client).starts_with("HTTP/1.1 503 "));
  advance(100ms);
  CHECK(loop->timers().size() == 0);
  quota.give_back();
  CHECK_FALSE(loop->turn()); // nobody was told of it
}

TEST_CASE_FIXTURE(accepting_loop, "a client past the budget when a stop begins is told and not "
                                  "listened to any longer nor reset (S22 S59 S61)") {
  take_shares(most_connections);
  auto& door = add_acceptor();
  auto before = come(door);
  run();
  CHECK(loop->timers().size() == 1); // it is listened to
  const auto client = come(door);
  client->send(std::string(10'000, 'x'));
  door.accepts->drain();
  CHECK(last_heard_by(*client).starts_with("HTTP/1.1 503 "));
  CHECK(count.connections_refused == 2);
  advance(100ms);
  CHECK(loop->timers().size() == 0);
  CHECK_FALSE(loop->turn());
}

TEST_CASE_FIXTURE(accepting_loop,
                  "who waits at a given socket when a stop begins waits for the next "
                  "server (S59)") {
  auto& door = add_acceptor(kind::given);
  const auto client = come(door);
  door.accepts->drain();
  run();
  CHECK(count.connections_accepted == 0);
  CHECK_FALSE(is_open(door.descriptor));
  auto& next = add_acceptor(listener::given(::dup(originals.back().descriptor()), limits));
  run();
  CHECK(client->receive_response().ends_with("fine"));
  CHECK(is_open(next.descriptor));
}

TEST_CASE_FIXTURE(accepting_loop,
                  "an acceptor that was never opened takes nobody when it is stopped "
                  "(S59)") {
  auto& door = add_closed(listen_anywhere(limits));
  const auto client = come(door);
  door.accepts->drain();
  run();
  CHECK(count.connections_accepted == 0);
  CHECK_FALSE(is_open(door.descriptor));
  CHECK(client->receive_all().empty());
  CHECK(client->was_reset());
}

TEST_CASE_FIXTURE(accepting_loop, "who is stopped twice is stopped once (S59)") {
  auto& door = add_acceptor();
  door.accepts->drain();
  advance(100ms);
  const auto other = listen_anywhere(limits); // which has the number that is free now
  REQUIRE(other.descriptor() == door.descriptor);
  door.accepts->drain();
  CHECK(is_open(other.descriptor()));
  CHECK(count.connections_accepted == 0);
}

TEST_CASE_FIXTURE(accepting_loop,
                  "connections that are dropped are closed at once and have ended (S59 "
                  "S60)") {
  auto& door = add_acceptor();
  const auto clients = come_all(door, 3);
  run();
  for (const auto& client : clients)
    CHECK(client->receive_response().ends_with("fine"));
  door.accepts->drop_all();
  run();
  CHECK(count.connections_open == 0);
  CHECK(count.connection_actors == 0);
  CHECK(places_left() == most_connections);
  CHECK(loop->timers().size() == 0);
  for (const auto& client : clients) {
    CHECK(client->receive_all().empty());
    CHECK(client->is_readable());
  }
}

TEST_CASE_FIXTURE(accepting_loop, "a stop without memory stops all the same (S59)") {
  auto& door = add_acceptor();
  const auto clients = come_all(door, 3);
  run();
  for (const auto& client : clients)
    CHECK(client->receive_response().ends_with("fine"));
  auto has_failed = false;
  {
    const memory_allowance none{0};
    try {
      door.accepts->drain();
    } catch (const std::bad_alloc&) {
      has_failed = true;
    }
  }
  run();
  CHECK_FALSE(has_failed);
  CHECK(count.connections_open == 0);
  for (const auto& client : clients) {
    CHECK(client->receive_all().empty());
    CHECK(client->is_readable());
  }
}

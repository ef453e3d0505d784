#include "sluice/actors/connection/acceptor.hpp"

#include "tests/actors/accepting_loop.hpp"
#include "tests/support/memory_allowance.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(accepting_loop,
                  "a turn takes 64 connections and leaves the rest to the next (S52)") {
  auto& accepts = add_acceptor();
  std::vector<std::unique_ptr<raw_client>> clients;
  for (auto i = 0; i < 70; ++i)
    clients.push_back(come(accepts));
  loop->turn();
  CHECK(count.connections_accepted == 64);
  run();
  CHECK(count.connections_accepted == 70);
  CHECK(count.connections_open == 70);
  for (auto& client : clients)
    CHECK(client->receive_response().ends_with("fine"));
}

TEST_CASE_FIXTURE(accepting_loop,
                  "a connection has its place and its share until it has ended (S57 S61)") {
  auto& accepts = add_acceptor();
  auto client = come(accepts);
  run();
  CHECK(client->receive_response().ends_with("fine"));
  CHECK(count.connections_open == 1);
  CHECK(places_left() == most_connections - 1);
  CHECK(shares_left() == most_connections - 1);
  leave(client);
  CHECK(count.connections_accepted == 1);
  CHECK(count.connections_open == 0);
  CHECK(places_left() == most_connections);
  CHECK(shares_left() == most_connections);
}

TEST_CASE_FIXTURE(accepting_loop, "a connection that is refused memory gives back its place, its "
                                  "share and its descriptor (S57 S61)") {
  auto& accepts = add_acceptor();
  std::size_t granted = 0;
  for (;; ++granted) {
    CAPTURE(granted);
    REQUIRE(granted < 100);
    auto client = come(accepts);
    {
      const memory_allowance some{granted};
      loop->turn();
    }
    advance(20ms); // until then it takes nobody
    if (count.connections_accepted > count.connections_starved)
      break;
    CHECK(client->receive_all().empty());
    CHECK(client->is_readable()); // it was closed
    CHECK(count.accepts_failed + count.connections_starved == granted + 1);
    CHECK(count.connections_open == 0);
    CHECK(count.connection_actors == 0);
    CHECK(places_left() == most_connections);
    CHECK(shares_left() == most_connections);
    accepts.accepts->drop_all(); // there is nobody
  }
  CHECK(count.accepts_failed >= 4); // for stream, actor, name, place in the list
  auto client = come(accepts);
  run();
  CHECK(client->receive_response().ends_with("fine"));
}

TEST_CASE_FIXTURE(accepting_loop, "past the budget a client is told and keeps no place (S57 S61)") {
  take_shares(most_connections);
  auto& accepts = add_acceptor();
  auto client = come(accepts);
  run();
  CHECK(client->receive_all().starts_with("HTTP/1.1 503 "));
  CHECK_FALSE(client->was_reset());
  CHECK(count.connections_refused == 1);
  CHECK(count.connections_accepted == 0);
  CHECK(places_left() == most_connections);
  CHECK(loop->timers().size() == 1); // it is listened to

  budget.give_back();
  auto next = come(accepts);
  run();
  CHECK(next->receive_response().ends_with("fine"));
  CHECK(count.connections_refused == 1);
}

TEST_CASE_FIXTURE(accepting_loop,
                  "at the connection limit accepting rests until one has gone (S57)") {
  take_places(most_connections - 1);
  auto& accepts = add_acceptor();
  auto first = come(accepts);
  auto second = come(accepts);
  run(); // it ends: who waits keeps no loop busy
  CHECK(first->receive_response().ends_with("fine"));
  CHECK(count.connections_accepted == 1);
  leave(first);
  CHECK(count.connections_accepted == 2);
  CHECK(second->receive_response().ends_with("fine"));
  CHECK(count.connections_refused == 0);
  leave(second);
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(accepting_loop,
                  "room that is told to nobody for want of memory is found within a "
                  "second (S57)") {
  take_places(most_connections);
  auto& accepts = add_acceptor();
  auto client = come(accepts);
  run();
  CHECK(loop->timers().size() == 1);
  {
    const memory_allowance none{0};
    quota.give_back();
  }
  advance(999ms);
  CHECK(count.connections_accepted == 0);
  advance(1ms);
  CHECK(client->receive_response().ends_with("fine"));
}

TEST_CASE_FIXTURE(accepting_loop, "an acceptor that is told of room and drained has no use for it "
                                  "and passes it on (S57 S59)") {
  take_places(most_connections);
  auto& first = add_acceptor(kind::given);
  auto& second = add_acceptor();
  auto stays = come(first);
  run();
  auto waits = come(second);
  run();
  quota.give_back(); // told to the first, as a call on its loop
  first.accepts->drain();
  run();
  CHECK(waits->receive_response().ends_with("fine"));
  CHECK(count.connections_accepted == 1);
  CHECK_FALSE(stays->is_readable());
}

TEST_CASE_FIXTURE(accepting_loop, "a connection is known by the address of its client") {
  auto& accepts = add_acceptor();
  auto client = come(accepts);
  run();
  client->receive_response();
  leave(client);
  REQUIRE(log.peers.size() == 1);
  CHECK(log.peers.front().starts_with("127.0.0.1:"));

  const auto path = "/tmp/sluice_acceptor_test_" + std::to_string(::getpid());
  auto& local = add_acceptor(listener::unix_path(path, limits));
  raw_client neighbour{path};
  neighbour.send(plain_get);
  await(local.descriptor, POLLIN);
  run();
  CHECK(neighbour.receive_response().ends_with("fine"));
  REQUIRE(log.peers.size() == 2);
  CHECK(log.peers.back() == "unix");

  auto& six = add_acceptor(listener::tcp("::1", 0, true, limits));
  sockaddr_in6 where{};
  socklen_t size = sizeof where;
  REQUIRE(::getsockname(six.descriptor, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  const auto caller = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::connect(caller, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  sockaddr_in6 own{};
  REQUIRE(::getsockname(caller, reinterpret_cast<sockaddr*>(&own), &size) == 0);
  REQUIRE(::send(caller, plain_get.data(), plain_get.size(), 0) > 0);
  await(six.descriptor, POLLIN);
  run();
  REQUIRE(log.peers.size() == 3);
  CHECK(log.peers.back() == "[::1]:" + std::to_string(ntohs(own.sin6_port)));
  ::close(caller);
}

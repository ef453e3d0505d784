#include "sluice/actors/connection/roster.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

std::vector<std::string> peers_in(roster& all) {
  std::vector<std::string> found;
  all.for_each([&](const socket_actor& each) { found.push_back(each.peer()); });
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace

TEST_CASE("each connection is in its loop's roster as long as its actor lives wherever it stands") {
  router routes;
  simulation service{routes};
  auto& all = service.inside().connections;
  std::vector<scripted_client*> clients;
  for (auto i = 0; i < 5; ++i)
    clients.push_back(&service.connect());
  service.run();
  CHECK(all.size() == 5);
  const auto leave = [&](std::size_t which) {
    clients[which]->reset();
    service.run();
  };
  leave(1); // the last takes its place
  CHECK(peers_in(all) == std::vector<std::string>{"client 1", "client 3", "client 4", "client 5"});
  leave(4); // which then is found there
  CHECK(peers_in(all) == std::vector<std::string>{"client 1", "client 3", "client 4"});
  leave(3);
  leave(0);
  CHECK(peers_in(all) == std::vector<std::string>{"client 3"});
  leave(2);
  CHECK(all.size() == 0);
}

TEST_CASE("a call for each connection may end it") {
  router routes;
  simulation service{routes};
  for (auto i = 0; i < 7; ++i)
    service.connect();
  service.run();
  auto called = 0;
  service.inside().connections.for_each([&](socket_actor& each) {
    ++called;
    each.drop(cancel_reason::draining);
  });
  CHECK(called == 7);
  CHECK(service.inside().connections.size() == 0);
}

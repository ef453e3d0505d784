#include "examples/hello/hello.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

using sluice::testing::simulation;

TEST_CASE("it greets who is named") {
  const auto routes = hello_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/hello/J%C3%BCrgen?greeting=Salut&times=2");
  service.run();
  CHECK(client.response().content == "Salut, J\u00fcrgen!\nSalut, J\u00fcrgen!\n");
}

TEST_CASE("it refuses numbers that are none, and too large ones") {
  const auto routes = hello_routes();
  simulation service{routes};
  auto& client = service.connect();
  for (const auto* target :
       {"/hello/Ada?times=often", "/hello/Ada?times=-1", "/hello/Ada?times=11"}) {
    CAPTURE(target);
    client.get(target);
    service.run();
    CHECK(client.response().status == 400);
  }
}

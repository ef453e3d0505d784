#include "sluice/server/json/json.hpp"

#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

task take(exchange& http) {
  const auto numbers = co_await read_json_as<std::vector<int>>(http, 20);
  auto answer = json({{"count", numbers.size()}});
  co_await http.respond(std::move(answer));
}

task take_any(exchange& http) {
  const auto given = co_await read_json(http, 1000, 3);
  auto answer = json(*given);
  co_await http.respond(std::move(answer));
}

received_response post(std::string_view target, std::string_view content,
                       std::string_view type = "application/json") {
  router routes;
  routes.post("/numbers", take);
  routes.post("/any", take_any);
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, target, content, {{"Content-Type", type}});
  service.run();
  return client.response();
}

} // namespace

TEST_CASE("JSON comes in as a type and goes out as application/json") {
  const auto answer = post("/numbers", "[1, 2, 3]", "application/vnd.list+json; charset=utf-8");
  CHECK(answer.content == "{\"count\":3}\n");
  CHECK(answer.fields.find("Content-Type") == "application/json");
}

TEST_CASE("what can't be taken as JSON is told why") {
  CHECK(post("/numbers", "[1]", "text/plain").status == 415);
  CHECK(post("/numbers", "[1,").status == 400);
  CHECK(post("/numbers", "").status == 400);
  CHECK(post("/numbers", "{\"a\":1}").status == 422);
  CHECK(post("/numbers", "[\"a\"]").status == 422);
  CHECK(post("/numbers", "[1,2,3,4,5,6,7,8,9,1]").status == 413);
  CHECK(post("/numbers", "[1,2,3,4,5,6,7,8,19]").status == 200);
}

TEST_CASE("JSON is nested as deep as the handler takes, at n and n + 1") {
  CHECK(post("/any", "[[{\"a\":1}]]").status == 200);
  CHECK(post("/any", "[[[{\"a\":1}]]]").status == 400);
  CHECK(post("/any", std::string(900, '[')).status == 400);
  // Brackets in texts nest nothing, nor do those that are closed again.
  CHECK(post("/any", R"(["[[[[{{{{]]", "\"[[[[", "\\", [[]], [[]], {"{": []}])").status == 200);
  CHECK(post("/any", R"([{}, {}, {}, {"a": {}}, []])").status == 200);
  CHECK(post("/any", R"(["\"", [[["a"]]]])").status == 400);
}

TEST_CASE("text in JSON that is no UTF-8 is replaced") {
  CHECK(json("a\xff").content == "\"a\xef\xbf\xbd\"\n");
}

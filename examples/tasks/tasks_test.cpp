#include "examples/tasks/tasks.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

using namespace sluice::testing;
using namespace std::chrono_literals;
using sluice::fields;
using sluice::method;

namespace {

const fields with_key{{"X-Key", "pond"}};
const fields with_json{{"X-Key", "pond"}, {"Content-Type", "application/json"}};

nlohmann::json content_of(const received_response& answer) {
  return nlohmann::json::parse(answer.content);
}

} // namespace

TEST_CASE("a task that was added can be seen") {
  const auto routes = tasks_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/api/tasks", R"({"title": "Swim"})", with_json);
  service.run();
  CHECK(client.response().status == 201);
  const std::string place{client.response().fields.find("Location").value_or("")};
  CHECK(place == "/api/tasks/1");
  client.get(place, with_key);
  service.run();
  CHECK(content_of(client.response())["title"] == "Swim");
  CHECK(client.response().fields.find("Cache-Control") == "no-store");
}

TEST_CASE("what is wrong is told as a problem") {
  const auto routes = tasks_routes();
  simulation service{routes};
  auto& client = service.connect();
  const auto status_of = [&](method which, std::string_view target, std::string_view content,
                             const fields& head) {
    client.send_request(which, target, content, head);
    service.run();
    CHECK(client.response().fields.find("Content-Type") == "application/problem+json");
    CHECK(content_of(client.response())["status"] == client.response().status);
    return client.response().status;
  };
  CHECK(status_of(method::get, "/api/tasks/1", {}, {}) == 401);
  CHECK(status_of(method::get, "/api/tasks/1", {}, with_key) == 404);
  CHECK(status_of(method::get, "/api/tasks/first", {}, with_key) == 400);
  CHECK(status_of(method::post, "/api/tasks", "{}", with_key) == 415);
  CHECK(status_of(method::post, "/api/tasks", "{", with_json) == 400);
  CHECK(status_of(method::post, "/api/tasks", R"({"name": 1})", with_json) == 422);
  CHECK(status_of(method::post, "/api/tasks", R"({"title": 1})", with_json) == 422);
  CHECK(status_of(method::post, "/api/tasks", "[]", with_json) == 422);
  CHECK(service.count().handler_failures == 0);
}

TEST_CASE("the feed tells of new tasks, and that it is still there") {
  const auto routes = tasks_routes();
  simulation service{routes};
  auto& watcher = service.connect();
  watcher.get("/api/feed", with_key);
  service.run();
  auto& client = service.connect();
  client.send_request(method::post, "/api/tasks", R"({"title": "Dive"})", with_json);
  service.run();
  CHECK(watcher.response().content == "event: task\ndata: Dive\n\n");
  service.advance(15s);
  CHECK(watcher.response().content.ends_with(": still here\n\n"));
  CHECK_FALSE(watcher.response().is_complete);
  watcher.reset();
  service.run();
  CHECK_FALSE(watcher.handler().is_alive());
}

TEST_CASE("adding keeps the contract") {
  const auto routes = tasks_routes();
  contract_subject subject;
  subject.target = "/api/tasks";
  subject.method = method::post;
  subject.fields = with_json;
  subject.pieces = {R"({"title":)", R"( "Swim"})"};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}

// What the how-to pages say of their programs.

#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace sluice::testing;
using namespace std::chrono_literals;
using sluice::method;

// make_routes() of each page.
sluice::router howto_ask_routes();
sluice::router howto_blocking_actor_routes();
sluice::router howto_broadcast_routes();
sluice::router howto_cancel_routes();
sluice::router howto_download_routes();
sluice::router howto_events_routes();
sluice::router howto_guard_routes();
sluice::router howto_json_routes();
sluice::router howto_log_routes();
sluice::router howto_metrics_routes();
sluice::router howto_send_file_routes();
sluice::router howto_uploads_routes();

TEST_CASE("how-to/log-and-metrics: what a handler says is in the log") {
  const auto routes = howto_log_routes();
  simulation service{routes};
  service.connect().send_request(method::post, "/convert");
  service.run();
  CHECK(service.reports() == std::vector<std::string>{"nothing to convert", "has 0 octets"});
}

TEST_CASE("how-to/call-an-actor: nobody gets a number twice") {
  const auto routes = howto_ask_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/numbers");
  service.run();
  client.send_request(method::post, "/numbers");
  service.run();
  REQUIRE(client.responses().size() == 2);
  CHECK(client.responses().front().content == "1\n");
  CHECK(client.responses().back().content == "2\n");
}

TEST_CASE("how-to/blocking-work: the actor that blocks answers for all") {
  const auto routes = howto_blocking_actor_routes();
  test_server server{routes}; // not a simulation: the actor has a thread of its own
  raw_client client{server.port()};
  client.send("GET /rows/7 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("one row for 7"));
}

TEST_CASE("how-to/broadcast: a member that does not read holds up nobody") {
  const auto routes = howto_broadcast_routes();
  simulation service{routes};
  auto& ada = service.connect();
  auto& bob = service.connect();
  ada.open_web_socket("/chat");
  bob.open_web_socket("/chat");
  service.run();
  bob.stop_reading();
  for (auto i = 0; i < 1000; ++i) {
    ada.send_text("line " + std::to_string(i));
    service.run();
  }
  CHECK(ada.messages().size() == 1000);
}

TEST_CASE("how-to/cancel-work: who closes while the handler waits is taken for gone") {
  const auto routes = howto_cancel_routes();
  simulation service{routes};
  auto& client = service.connect();
  auto& other = service.connect();
  client.get("/slow");
  service.run();
  other.get("/busy");
  service.run();
  CHECK(other.response().content == "1\n");
  client.shutdown_write();
  service.run();
  other.get("/busy");
  service.run();
  CHECK(other.response().content == "0\n");
}

TEST_CASE("how-to/stream-a-download: a slow reader slows it down") {
  const auto routes = howto_download_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/numbers?most=3");
  service.run();
  CHECK(client.response().content == "0,0\n1,1\n2,4\n");
  client.stop_reading();
  client.get("/numbers?most=1000000");
  service.run();
  CHECK(client.handler().is_alive());
}

TEST_CASE("how-to/server-sent-events: one a second") {
  const auto routes = howto_events_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/ticks");
  service.advance(2s);
  CHECK(client.response().content
        == "event: tick\ndata: 1\n\nevent: tick\ndata: 2\n\nevent: tick\ndata: 3\n\n");
  client.reset();
  service.run();
  CHECK(service.handlers_alive() == 0);
}

TEST_CASE("how-to/guard-and-wrap: who does not say the key is not let in") {
  const auto routes = howto_guard_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/api/secret");
  service.run();
  CHECK(client.response().status == 401);
  client.get("/api/secret", sluice::fields{{"X-Key", "pond"}});
  service.run();
  CHECK(client.response().content == "a secret\n");
  CHECK(client.response().fields.find("Cache-Control") == "no-store");
  client.open_web_socket("/api/echo");
  service.run();
  CHECK(client.response().status == 401);
}

TEST_CASE("how-to/json-and-forms: each thing that may be wrong has its status") {
  const auto routes = howto_json_routes();
  simulation service{routes};
  const sluice::fields json{{"Content-Type", "application/json"}};
  const auto status_of = [&](const std::string& content, const sluice::fields& head) {
    auto& client = service.connect();
    client.send_request(method::post, "/orders", content, head);
    service.run();
    return client.response().status;
  };
  CHECK(status_of(R"({"article":"boat","count":2})", json) == 201);
  CHECK(status_of(R"({"article":"boat","count":0})", json) == 422);
  CHECK(status_of(R"({"article":"boat"})", json) == 422);
  CHECK(status_of(R"({"article":)", json) == 400);
  CHECK(status_of(R"({"article":"boat","count":2})", {{"Content-Type", "text/plain"}}) == 415);
  CHECK(status_of(std::string(16 * 1024 + 1, ' '), json) == 413);
}

TEST_CASE("how-to/log-and-metrics: it counts what begins and what completes") {
  const auto routes = howto_metrics_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(method::post, "/api/weigh", "12345");
  service.run();
  CHECK(client.response().content == "5\n");
  client.get("/metrics");
  service.run();
  const auto text = client.response().content;
  CHECK(text.find("requests_begun_total 1\n") != std::string::npos);
  CHECK(text.find("requests_completed_total 1\n") != std::string::npos);
}

TEST_CASE("how-to/static-files: only a number gets as far as the file") {
  const auto routes = howto_send_file_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.get("/reports/..%2fpasswd");
  service.run();
  CHECK(client.response().status == 400);
  client.get("/reports/1066");
  service.run();
  CHECK(client.response().status == 404);
}

TEST_CASE("how-to/uploads-to-disk: a whole upload stays and half a one does not") {
  const auto before = std::filesystem::current_path();
  const auto scratch = std::filesystem::temp_directory_path()
                       / ("sluice-docs-uploads-" + std::to_string(::getpid()));
  std::filesystem::remove_all(scratch);
  std::filesystem::create_directories(scratch / "incoming");
  std::filesystem::current_path(scratch);
  {
    const auto routes = howto_uploads_routes();
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(method::put, "/files/whole", "hello");
    service.run();
    CHECK(client.response().status == 201);
    client.send_request(method::put, "/files/..%2fwhole", "hello");
    service.run();
    CHECK(client.response().status == 400);
    auto& other = service.connect();
    other.begin_request(method::put, "/files/half");
    other.send_chunk("he");
    service.run();
    other.reset();
    service.run();
  }
  std::filesystem::current_path(before);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator{scratch / "incoming"})
    left.push_back(entry.path().filename().string());
  CHECK(left == std::vector<std::string>{"whole"});
  std::ostringstream content;
  content << std::ifstream{scratch / "incoming" / "whole"}.rdbuf();
  CHECK(content.str() == "hello");
  std::filesystem::remove_all(scratch);
}

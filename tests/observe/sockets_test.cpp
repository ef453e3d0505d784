// The same on sockets: a server, and its admin listener.

#include "sluice/server/admin/admin.hpp"
#include "sluice/server/service/server_view.hpp"
#include "tests/observe/five_parties.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto get_end = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string content_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? std::string{} : response.substr(end + 4);
}

/// What `sluice top` prints of the server there.
std::vector<std::string> lines_of_top(const std::string& admin_path) {
  const auto command = "COLUMNS=200 " SLUICE_PROGRAM " top --once --admin " + admin_path;
  const std::unique_ptr<FILE, int (*)(FILE*)> printed{::popen(command.c_str(), "r"), ::pclose};
  REQUIRE(printed);
  std::vector<std::string> lines{""};
  for (auto next = std::fgetc(printed.get()); next != EOF; next = std::fgetc(printed.get()))
    if (next == '\n')
      lines.emplace_back();
    else
      lines.back() += static_cast<char>(next);
  return lines;
}

/// Where an admin listener can be, that nothing else is at.
std::string socket_path() {
  return "/tmp/sluice-admin-" + std::to_string(::getpid()) + ".sock";
}

struct watched_server {
  explicit watched_server(const router& routes, const std::function<void(config&)>& adjust = {})
    : server{routes, adjust}, console{socket_path(), server.running->seen(), server.log} {}

  [[nodiscard]] static std::string ask(const std::string& target) {
    raw_client client{socket_path()};
    client.send("GET " + target + get_end);
    return client.receive_all();
  }
  [[nodiscard]] static nlohmann::json stalls() {
    return nlohmann::json::parse(content_of(ask("/stalls")));
  }
  /// Waits until what is shown is as it is to be.
  template <class Condition>
  [[nodiscard]] static bool shows(Condition holds) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience_ms};
    while (!holds(stalls()))
      if (std::chrono::steady_clock::now() > latest)
        return false;
    return true;
  }

  test_server server;
  admin console;
};

} // namespace

TEST_CASE("who is waited for is shown on sockets also while a loop is held up (S84 S86)") {
  five_parties all;
  std::promise<void> may_end;
  all.while_blocked = [&, ends = may_end.get_future().share()] { ends.wait(); };
  watched_server world{all.routes, [](config& c) {
                         c.threads = 1;
                         c.loop_lag = 20ms;
                       }};
  const auto port = world.server.port();
  raw_client slow{port};
  slow.send(five_parties::slow_upload);
  raw_client upload{port};
  upload.send(five_parties::upload_to_work);
  raw_client reader{port, 0, 4096};
  reader.send(std::string{"GET /big"} + get_end);
  raw_client asks{port};
  asks.send(std::string{"GET /asked"} + get_end);
  raw_client asks_pooled{port};
  asks_pooled.send(std::string{"GET /asked-pooled"} + get_end);
  CHECK(world.shows(five_parties::are_named));
  const auto table = lines_of_top(socket_path());
  std::string printed;
  for (const auto& line : table)
    printed += line + '\n';
  CAPTURE(printed);
  CHECK(five_parties::are_named_in(table));
  CHECK(five_parties::row_of(world.stalls(), "/asked").at("handler").at("asked").at("waiting")
        == 2);
  const auto metrics = content_of(world.ask("/metrics"));
  CAPTURE(metrics);
  for (const auto& line : five_parties::lines_of_metrics())
    CHECK_MESSAGE(metrics.find(line) != std::string::npos, line);

  CHECK(world.shows([](const nlohmann::json& seen) { // a loop that sleeps is not held up
    return seen.at("loops").at(0).at("busy_seconds") == 0;
  }));

  raw_client blocks{port};
  blocks.send(std::string{"GET /blocks"} + get_end);
  CHECK(world.shows([](const nlohmann::json& seen) {
    const auto& loop = seen.at("loops").at(0);
    return loop.at("answered") == false && loop.at("runs") == "/blocks"
           && loop.at("busy_seconds") > 0;
  }));
  CHECK(world.server.log.reports.wait([](const auto& lines) {
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("event loop 0 has been held up for") == 0
             && line.find("by the handler of /blocks; 6 connections wait") != std::string::npos;
    });
  }));
  CHECK(content_of(world.ask("/metrics")).find("sluice_loop_holds_total{loop=\"0\"} ")
        != std::string::npos);
  may_end.set_value();
  CHECK(content_of(blocks.receive_all()) == "done");
  CHECK(world.shows(five_parties::are_named));
  CHECK(world.server.log.reports.wait([](const auto& lines) {
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("event loop 0 goes on") == 0;
    });
  }));
}

TEST_CASE("who is asked by handlers on several loops is shown with all that wait (S84)") {
  five_parties all;
  watched_server world{all.routes, [](config& c) { c.threads = 2; }};
  std::vector<std::unique_ptr<raw_client>> clients;
  const auto loops_with = [](const nlohmann::json& seen) {
    auto count = 0;
    for (const auto& loop : seen.at("loops"))
      count += loop.at("connections") > 0 ? 1 : 0;
    return count;
  };
  // The kernel deals them out: until both loops have one.
  do {
    REQUIRE(clients.size() < 64);
    clients.push_back(std::make_unique<raw_client>(world.server.port()));
    clients.back()->send(std::string{"GET /asked"} + get_end);
    CHECK(world.shows(
      [&](const nlohmann::json& seen) { return seen.at("matching") == clients.size(); }));
  } while (loops_with(world.stalls()) < 2);
  const auto seen = world.stalls();
  for (const auto& row : seen.at("stalls"))
    CHECK(row.at("handler").at("asked").at("waiting") == clients.size());
}

TEST_CASE("nothing of the admin listener is served on the public one (S86)") {
  router routes;
  watched_server world{routes};
  for (const auto* target : {"/metrics", "/stalls", "/healthz", "/readyz", "/", "/stalls/live"}) {
    CAPTURE(target);
    raw_client client{world.server.port()};
    client.send(std::string{"GET "} + target + get_end);
    CHECK(client.receive_all().starts_with("HTTP/1.1 404 "));
  }
  CHECK(world.ask("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the admin socket is for its owner and its group and goes with its server") {
  router routes;
  {
    watched_server world{routes};
    struct stat about {};
    REQUIRE(::stat(socket_path().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0660);
  }
  CHECK(::access(socket_path().c_str(), F_OK) != 0);
}

TEST_CASE("an admin listener that can't be says why") {
  router routes;
  test_server server{routes};
  const auto failure_at = [&](const std::string& where) {
    try {
      const admin none{where, server.running->seen(), server.log};
    } catch (const std::runtime_error& failure) {
      return std::string{failure.what()};
    }
    return std::string{};
  };
  CHECK(failure_at("/no/such/folder/a.sock").find("can't listen on /no/such/folder/a.sock")
        != std::string::npos);
  CHECK(failure_at("127.0.0.1:" + std::to_string(server.port())).find("the admin listener: ") == 0);
  CHECK(failure_at("nonsense").find("'nonsense' is neither a path nor an address") == 0);
}

TEST_CASE("the live feed goes on and is one picture after the other (S86)") {
  router routes;
  watched_server world{routes};
  raw_client client{socket_path()};
  client.send("GET /stalls/live HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_until("\"stalls\":[]}").find("text/event-stream") != std::string::npos);
  CHECK(client.receive_until("\"stalls\":[]}").find("data: ") != std::string::npos);
}

#include "tests/observe/five_parties.hpp"

#include "sluice/actors/handler/ask.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::testing {

namespace {

task read_all(exchange& http) {
  while (const auto chunk = co_await http.content().next()) {}
  co_await http.respond(status::ok);
}

task work(exchange& http) {
  [[maybe_unused]] const auto first = co_await http.content().next();
  co_await http.delay(std::chrono::hours{1});
}

task send_much(exchange& http) {
  const std::string piece(64 * 1024, 'x');
  co_await http.begin(status::ok);
  for (;;)
    co_await http.send(piece);
}

task ask_other(exchange& http, const caf::actor* whom) {
  co_await ask<int>(http, *whom, five_parties::question::value);
}

/// Keeps the promise of an answer, and never gives it.
caf::behavior never_answers(caf::event_based_actor* self) {
  return {[self](five_parties::question) { return self->make_response_promise<int>(); }};
}

/// "whom reason", of the row at `route`; empty: there is none.
std::string awaited_at(const nlohmann::json& seen, std::string_view route) {
  const auto row = five_parties::row_of(seen, route);
  return row.is_null() || row.at("waits_for").is_null()
           ? std::string{}
           : row.at("waits_for").get<std::string>() + ' ' + row.at("reason").get<std::string>();
}

/// What the handler at `route` waits for.
std::string doing(const nlohmann::json& seen, std::string_view route) {
  const auto row = five_parties::row_of(seen, route);
  if (row.is_null() || row.at("handler").is_null())
    return {};
  std::string all;
  for (const auto& each : row.at("handler").at("waits_for"))
    all += (all.empty() ? "" : " ") + each.get<std::string>();
  return all;
}

} // namespace

five_parties::five_parties() {
  routes.post("/content", read_all);
  routes.post("/work", work);
  routes.get("/big", send_much);
  routes.get("/asked", [this](exchange& http) { return ask_other(http, &busy); });
  routes.get("/asked-pooled", [this](exchange& http) { return ask_other(http, &busy); }).pooled();
  routes.get("/blocks", [this](const request&) {
    while_blocked();
    return text("done");
  });
  routes.on_start(
    [this](caf::actor_system& system) { busy = spawn<caf::hidden>(system, never_answers); });
  routes.on_stop([this] { busy = nullptr; });
}

nlohmann::json five_parties::row_of(const nlohmann::json& seen, std::string_view route) {
  for (const auto& row : seen.at("stalls"))
    if (row.at("route") == route)
      return row;
  return {};
}

bool five_parties::are_named(const nlohmann::json& seen) {
  return awaited_at(seen, "/content") == "client content"
         && awaited_at(seen, "/work") == "handler handler"
         && awaited_at(seen, "/big") == "network write"
         && awaited_at(seen, "/asked") == "handler handler"
         && awaited_at(seen, "/asked-pooled") == "handler handler"
         && doing(seen, "/content") == "content" && doing(seen, "/work") == "time"
         && doing(seen, "/big") == "sent" && doing(seen, "/asked") == "reply"
         && doing(seen, "/asked-pooled") == "reply";
}

bool five_parties::are_named_in(const std::vector<std::string>& table) {
  const auto has_row = [&](std::string_view whom, std::string_view route, std::string_view doing) {
    return std::any_of(table.begin(), table.end(), [&](const std::string& line) {
      return line.starts_with(whom)
             && line.find(' ' + std::string{route} + ' ') != std::string::npos
             && line.find(doing) != std::string::npos;
    });
  };
  return has_row("client", "/content", "awaits content")
         && has_row("handler", "/work", "awaits a delay")
         && has_row("network", "/big", "awaits output to leave")
         && has_row("handler", "/asked", "asks actor")
         && has_row("handler", "/asked-pooled", "asks actor");
}

std::vector<std::string> five_parties::lines_of_metrics() {
  return {"sluice_waiting{route=\"/content\",for=\"client\"} 1\n",
          "sluice_waiting{route=\"/work\",for=\"handler\"} 1\n",
          "sluice_waiting{route=\"/big\",for=\"network\"} 1\n",
          "sluice_waiting{route=\"/asked\",for=\"handler\"} 1\n",
          "sluice_waiting{route=\"/asked-pooled\",for=\"handler\"} 1\n"};
}

} // namespace sluice::testing

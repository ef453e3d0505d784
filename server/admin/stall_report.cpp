#include "sluice/server/admin/stall_report.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/stall_survey.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/server/service/process_figures.hpp"
#include "sluice/server/service/server_view.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <variant>

namespace sluice {

namespace {

/// What a loop sends to whoever asked.
struct loop_answer {
  std::size_t loop = 0;
  std::shared_ptr<const stall_list> seen;
};

/// An actor that handlers ask.
struct asked_actor {
  std::string name; ///< as it is registered; empty: it is not
  std::size_t waiting = 0;
};
using asked_actors = std::unordered_map<caf::actor_id, asked_actor>;

nlohmann::json seconds_or_null(const std::optional<duration>& length) {
  return length ? nlohmann::json(seconds_of(*length)) : nlohmann::json();
}

std::string_view name_of(placement where) noexcept {
  switch (where) {
    case placement::on_loop: return "on_loop";
    case placement::pooled: return "pooled";
    default: return "detached";
  }
}

nlohmann::json names_of(waiting_for all) {
  static constexpr std::array<std::pair<waiting_for, const char*>, 8> names{{
    {waiting_for::content, "content"},
    {waiting_for::message, "message"},
    {waiting_for::sent, "sent"},
    {waiting_for::time, "time"},
    {waiting_for::reply, "reply"},
    {waiting_for::inbox, "inbox"},
    {waiting_for::stop, "stop"},
    {waiting_for::something, "something"},
  }};
  auto list = nlohmann::json::array();
  for (const auto& [which, name] : names)
    if (has(all, which))
      list.push_back(name);
  return list;
}

nlohmann::json to_json(const stalled_handler& who, const asked_actors& asked) {
  nlohmann::json out{
    {"actor", who.id},
    {"placement", name_of(who.where)},
    {"state", who.state},
    {"waits_for", who.doing.is_known ? names_of(who.doing.what) : nlohmann::json()},
    {"holds_seconds", seconds_or_null(who.holds_for)}};
  const auto found = asked.find(who.doing.asked);
  if (found == asked.end())
    return out;
  const auto& [name, waiting] = found->second;
  out["asked"] = {{"actor", who.doing.asked},
                  {"name", name.empty() ? nlohmann::json() : nlohmann::json(name)},
                  {"waiting", waiting}};
  return out;
}

nlohmann::json to_json(const stall& row, std::size_t loop, const asked_actors& asked) {
  nlohmann::json out{{"connection", row.connection},
                     {"loop", loop},
                     {"peer", row.peer},
                     {"protocol", row.protocol},
                     {"method", row.method},
                     {"route", row.route},
                     {"phase", row.phase},
                     {"waits_for", nullptr},
                     {"reason", nullptr},
                     {"seconds", seconds_of(row.awaited_for)},
                     {"seconds_left", seconds_or_null(row.time_left)},
                     {"octets",
                      {{"read", row.unread},
                       {"parked", row.parked},
                       {"unsent", row.unsent},
                       {"kernel_unread", row.kernel_unread},
                       {"kernel_unsent", row.kernel_unsent}}},
                     {"handler", nullptr},
                     {"detached_handlers", row.detached}};
  if (row.awaited) {
    out["waits_for"] = to_string(party_of(*row.awaited));
    out["reason"] = to_string(*row.awaited);
  }
  if (row.handler)
    out["handler"] = to_json(*row.handler, asked);
  return out;
}

asked_actors asked_of(const stall_report& report, const server_view& of) {
  asked_actors all;
  for (const auto& seen : report.loops)
    if (seen)
      for (const auto& [whom, count] : seen->asked)
        all[whom].waiting += count;
  if (all.empty() || of.loops.empty())
    return all;
  for (const auto& [name, who] : of.loops.front().context->system.registry().named_actors())
    if (const auto found = who ? all.find(who->id()) : all.end(); found != all.end())
      found->second.name = to_string(name);
  return all;
}

} // namespace

} // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::loop_answer)

namespace sluice {

nlohmann::json stall_report::to_json(const server_view& of, const stall_query& asked) const {
  struct place {
    const stall* row;
    std::size_t loop;
  };
  std::vector<place> all;
  std::size_t matching = 0;
  auto loops_out = nlohmann::json::array();
  const auto now = of.time.now();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const auto& context = *of.loops[i].context;
    const auto* const runs = of.loops[i].runs();
    loops_out.push_back({{"loop", i},
                         {"connections", std::max<std::int64_t>(0, context.count.connections_open)},
                         {"answered", loops[i] != nullptr},
                         {"busy_seconds", seconds_of(of.loops[i].busy_for(now))},
                         {"runs", runs != nullptr ? nlohmann::json(*runs) : nlohmann::json()}});
    if (!loops[i])
      continue;
    matching += loops[i]->matching;
    for (const auto& row : loops[i]->rows)
      all.push_back({&row, i});
  }
  std::stable_sort(all.begin(), all.end(), [&](const place& one, const place& other) {
    return asked.by == stall_query::order::octets ? one.row->octets() > other.row->octets()
                                                  : one.row->awaited_for > other.row->awaited_for;
  });
  all.resize(std::min(all.size(), asked.most));

  const auto actors = asked_of(*this, of);
  auto rows = nlohmann::json::array();
  for (const auto& [row, loop] : all)
    rows.push_back(sluice::to_json(*row, loop, actors));
  const auto count = of.count();
  return {{"server",
           {{"state", of.is == server_view::state::draining ? "draining" : "serving"},
            {"connections", count.connections_open.load()},
            {"web_sockets", count.web_sockets_open.load()},
            {"handlers", count.handlers_running.load()},
            {"requests_total", count.requests.load()},
            {"received_bytes_total", count.octets_received.load()},
            {"sent_bytes_total", count.octets_sent.load()},
            {"resident_bytes", process_figures::read_resident()}}},
          {"loops", std::move(loops_out)},
          {"matching", matching},
          {"stalls", std::move(rows)}};
}

task_of<stall_report> survey(exchange& http, const server_view& what, stall_query asked) {
  const auto count = what.loops.size();
  inbox<loop_answer> answers{http, {slow_consumer::drop_oldest, count}};
  for (std::size_t i = 0; i < count; ++i)
    survey(*what.loops[i].context, asked,
           [i, to = caf::actor_cast<caf::weak_actor_ptr>(&http.self())](stall_list&& seen) {
             if (const auto alive = to.lock())
               caf::anon_send(caf::actor_cast<caf::actor>(alive),
                              loop_answer{i, std::make_shared<const stall_list>(std::move(seen))});
           });
  stall_report report;
  report.loops.resize(count);
  for (std::size_t come = 0; come < count; ++come) {
    auto next = co_await first_of(answers.next(), http.delay(patience_with_loops));
    if (next.index() != 0)
      break;
    auto& answer = std::get<0>(next);
    report.loops[answer.loop] = std::move(answer.seen);
  }
  co_return report;
}

stall_query stall_query_of(const request& head) {
  constexpr std::size_t most_rows = 1000;
  stall_query asked;
  asked.route = head.query_param("route").value_or(std::string{});
  asked.peer = head.query_param("peer").value_or(std::string{});
  if (const auto whom = head.query_param("waits_for").value_or(std::string{}); !whom.empty()) {
    asked.awaited = parse_party(whom);
    if (!asked.awaited)
      throw http_error{status::bad_request, "waits_for is client, handler or network."};
  }
  const auto by = head.query_param("by").value_or("time");
  if (by != "time" && by != "octets")
    throw http_error{status::bad_request, "by is time or octets."};
  asked.by = by == "octets" ? stall_query::order::octets : stall_query::order::time;
  if (const auto most = head.query_param("n")) {
    const auto number = parameter_reader<std::size_t>::read(*most);
    if (!number || *number == 0 || *number > most_rows)
      throw http_error{status::bad_request, "n is a number from 1 to 1000."};
    asked.most = *number;
  }
  const auto idle = head.query_param("idle").value_or("false");
  if (idle != "true" && idle != "false")
    throw http_error{status::bad_request, "idle is true or false."};
  asked.with_idle = idle == "true";
  return asked;
}

} // namespace sluice

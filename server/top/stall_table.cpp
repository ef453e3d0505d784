#include "sluice/server/top/stall_table.hpp"

#include "sluice/server/top/figures.hpp"
#include "sluice/server/top/stall_columns.hpp"
#include "sluice/server/top/stall_words.hpp"
#include "sluice/server/top/terminal_text.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// Held-up loops that are shown one by one.
constexpr std::size_t most_loops = 4;

std::string octets(std::uint64_t count) {
  return format_octets(static_cast<double>(count));
}

std::string server_line(const pictured_server& server) {
  auto line = server.state + ": " + format_count(server.connections, "connection");
  if (server.web_sockets > 0)
    line += " (" + format_count(server.web_sockets, "WebSocket") + ')';
  return line + ", " + format_count(server.handlers, "handler") + ", " + octets(server.resident)
         + " of memory";
}

std::string traffic_line(const pictured_server& server, const std::optional<traffic_rates>& rates) {
  if (rates)
    return format_rate(rates->requests) + " requests/s, " + format_octets(rates->received)
           + " octets/s in, " + format_octets(rates->sent) + " octets/s out";
  return "so far " + format_count(server.requests, "request") + ", " + octets(server.received)
         + " octets in, " + octets(server.sent) + " octets out";
}

std::vector<std::string> loop_lines(const std::vector<pictured_loop>& loops) {
  std::vector<std::string> lines;
  std::size_t more = 0;
  for (const auto& each : loops) {
    auto line = what_holds_up(each);
    if (line.empty())
      continue;
    if (lines.size() < most_loops)
      lines.push_back(std::move(line));
    else
      ++more;
  }
  if (more > 0)
    lines.push_back("likewise " + format_count(more, "more event loop"));
  return lines;
}

/// What the table is about: "3 stalled connections that wait for the client, the longest first".
std::string question_line(const stall_picture& picture, const table_options& how) {
  const auto& asked = how.question;
  auto line = format_count(picture.matching, asked.with_idle ? "connection" : "stalled connection");
  if (asked.awaited)
    line += (picture.matching == 1 ? " that waits for the " : " that wait for the ")
            + std::string{to_string(*asked.awaited)};
  if (!asked.route.empty())
    line += ", at " + printable(asked.route);
  if (!asked.peer.empty())
    line += ", of " + printable(asked.peer) + "...";
  line += asked.by == stall_query::order::octets ? ", the largest first" : ", the longest first";
  if (how.first > 0)
    line += ", from number " + std::to_string(how.first + 1);
  return line;
}

std::optional<double> growth(std::uint64_t before, std::uint64_t after, double seconds) {
  if (after < before)
    return std::nullopt;
  return static_cast<double>(after - before) / seconds;
}

} // namespace

std::optional<traffic_rates> rates_between(const pictured_server& before,
                                           const pictured_server& after, double seconds) {
  if (!(seconds > 0))
    return std::nullopt;
  const auto requests = growth(before.requests, after.requests, seconds);
  const auto received = growth(before.received, after.received, seconds);
  const auto sent = growth(before.sent, after.sent, seconds);
  if (!requests || !received || !sent)
    return std::nullopt;
  return traffic_rates{*requests, *received, *sent};
}

stall_table lay_out(const stall_picture& picture, const table_options& how) {
  stall_table table;
  auto& lines = table.lines;
  const auto add = [&](const std::string& sentence) {
    for (auto& each : wrap_words(sentence, how.columns))
      lines.push_back(std::move(each));
  };
  add(server_line(picture.server));
  add(traffic_line(picture.server, how.rates));
  for (const auto& each : loop_lines(picture.loops))
    add(each);
  add(question_line(picture, how));
  lines.emplace_back();

  table.heading = lines.size();
  const auto room = how.rows - std::min(how.rows, lines.size() + 1);
  const auto begin = std::min(how.first, picture.stalls.size());
  const auto count = std::min(room, picture.stalls.size() - begin);
  for (auto& each : stall_lines({picture.stalls.data() + begin, count}, how.columns))
    lines.push_back(std::move(each));
  lines.resize(std::min(lines.size(), how.rows));
  return table;
}

} // namespace sluice

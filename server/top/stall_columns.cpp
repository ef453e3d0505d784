#include "sluice/server/top/stall_columns.hpp"

#include "sluice/server/top/figures.hpp"
#include "sluice/server/top/stall_words.hpp"
#include "sluice/server/top/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice {

namespace {

enum class side { left, right };

struct column {
  std::string_view heading;
  std::size_t room; ///< columns of the terminal, without which it is left out
  side alignment;
  int rank; ///< the highest is left out first
  std::string (*cell)(const pictured_stall&);
};

std::string octets(std::uint64_t count) {
  return format_octets(static_cast<double>(count));
}

std::string awaited(const pictured_stall& row) {
  return row.waits_for.value_or("-");
}
std::string since(const pictured_stall& row) {
  return row.waits_for ? format_seconds(row.seconds) : "-";
}
std::string left(const pictured_stall& row) {
  return row.seconds_left ? format_seconds(*row.seconds_left) : "-";
}
std::string route(const pictured_stall& row) {
  if (row.method.empty() && row.route.empty())
    return "-";
  return row.method + (row.method.empty() || row.route.empty() ? "" : " ") + row.route;
}
std::string peer(const pictured_stall& row) {
  return row.peer.empty() ? "-" : row.peer;
}
std::string here(const pictured_stall& row) {
  return format_octets(row.here);
}
std::string kernel_in(const pictured_stall& row) {
  return octets(row.kernel_unread);
}
std::string kernel_out(const pictured_stall& row) {
  return octets(row.kernel_unsent);
}
/// Where there is no column for handlers: what the awaited one does is the better reason.
std::string why_in_short(const pictured_stall& row) {
  const auto is_known = row.handler && (row.handler->waits_for || row.handler->asked);
  return row.waits_for == "handler" && is_known ? what_handler_does(row) : why_it_waits(row);
}

/// In the order in which they are shown. What the kernel holds waits until the texts have room too:
/// at 132 columns all are there.
constexpr std::array<column, 10> all_columns{{
  {"WAITS FOR", 9, side::left, 0, awaited},
  {"SINCE", 6, side::right, 1, since},
  {"LEFT", 6, side::right, 4, left},
  {"ROUTE", 16, side::left, 2, route},
  {"PEER", 15, side::left, 6, peer},
  {"WHY", 16, side::left, 3, why_it_waits},
  {"HANDLER", 20, side::left, 7, what_handler_does},
  {"HERE", 4, side::right, 5, here},
  {"KERNEL IN", 22, side::right, 8, kernel_in},
  {"KERNEL OUT", 9, side::right, 9, kernel_out},
}};
constexpr auto handler_rank = 7;
constexpr std::size_t gap = 1;

struct shown_column {
  column what;
  std::size_t width;              ///< as it is shown
  std::vector<std::string> cells; ///< the heading is the first
  [[nodiscard]] std::size_t wanted() const noexcept {
    std::size_t most = 0;
    for (const auto& each : cells)
      most = std::max(most, each.size());
    return most;
  }
};

/// Those that have room, in the order in which they are shown; at least one.
std::vector<column> columns_within(std::size_t width) {
  auto by_rank = all_columns;
  std::sort(by_rank.begin(), by_rank.end(),
            [](const column& one, const column& other) { return one.rank < other.rank; });
  std::size_t used = 0;
  auto last = -1;
  for (const auto& each : by_rank) {
    used += each.room + (last < 0 ? 0 : gap);
    if (used > width && last >= 0)
      break;
    last = each.rank;
  }
  std::vector<column> within;
  for (const auto& each : all_columns)
    if (each.rank <= last)
      within.push_back(each);
  return within;
}

/// To begin with.
std::size_t width_of(const column& which) {
  return which.alignment == side::left ? which.room : which.heading.size();
}

std::vector<shown_column> fill(std::span<const column> columns,
                               std::span<const pictured_stall> stalls) {
  const auto has_handlers = std::any_of(
    columns.begin(), columns.end(), [](const column& each) { return each.rank == handler_rank; });
  std::vector<shown_column> filled;
  for (const auto& each : columns) {
    const auto cell = each.cell == why_it_waits && !has_handlers ? why_in_short : each.cell;
    shown_column made{each, width_of(each), {std::string{each.heading}}};
    for (const auto& row : stalls)
      made.cells.push_back(cell(row));
    filled.push_back(std::move(made));
  }
  return filled;
}

/// Gives what is left of `width` to those that want more, in turns.
void widen(std::vector<shown_column>& columns, std::size_t width) {
  auto used = gap * (columns.size() - 1);
  for (const auto& each : columns)
    used += each.width;
  for (auto has_changed = true; has_changed && used < width;) {
    has_changed = false;
    for (auto& each : columns)
      if (used < width && each.width < each.wanted()) {
        ++each.width;
        ++used;
        has_changed = true;
      }
  }
}

void add_cell(std::string& line, const shown_column& column, std::size_t row) {
  auto text = shorten(column.cells.at(row), column.width);
  const std::string blanks(column.width - text.size(), ' ');
  line += column.what.alignment == side::left ? text + blanks : blanks + text;
}

} // namespace

std::vector<std::string> stall_lines(std::span<const pictured_stall> stalls, std::size_t width) {
  auto columns = fill(columns_within(width), stalls);
  widen(columns, width);
  std::vector<std::string> lines;
  for (std::size_t row = 0; row <= stalls.size(); ++row) {
    std::string line;
    for (const auto& each : columns) {
      if (&each != &columns.front())
        line += std::string(gap, ' ');
      add_cell(line, each, row);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line.substr(0, width));
  }
  return lines;
}

} // namespace sluice

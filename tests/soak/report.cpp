#include "tests/soak/refused_memory.hpp"
#include "tests/soak/soak.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace sluice::soak {

namespace {

void line(std::string_view name, std::uint64_t value) {
  std::printf("  %-34.*s %12" PRIu64 "\n", static_cast<int>(name.size()), name.data(), value);
}

template <class Value>
void axis(const tally& counts, std::string_view title, std::size_t values, std::size_t stride) {
  std::printf("%.*s\n", static_cast<int>(title.size()), title.data());
  for (std::size_t value = 0; value < values; ++value) {
    std::uint64_t sum = 0;
    for (std::size_t cell = 0; cell < cell_count; ++cell)
      if (cell / stride % values == value)
        sum += counts.cells[cell].load();
    line(to_string(static_cast<Value>(value)), sum);
  }
}

double mebi(std::size_t octets) {
  return static_cast<double>(octets) / (1 << 20);
}

} // namespace

void soak::report() const {
  const auto& counts = *counts_;
  std::printf("\nScenarios, by the axes of the matrix\n");
  axis<content>(counts, "sends", content_count, cell_count / content_count);
  axis<reply>(counts, "acknowledged", reply_count, parting_count * moment_count);
  axis<parting>(counts, "leaves by", parting_count, moment_count);
  axis<moment>(counts, "leaves", moment_count, 1);
  std::printf("twists\n");
  for (std::size_t i = 0; i < twist_count; ++i)
    line(to_string(static_cast<twist>(i)), counts.twists[i].load());
  const auto met = std::count_if(counts.cells.begin(), counts.cells.end(),
                                 [](const auto& cell) { return cell.load() > 0; });
  std::printf("  %td of %zu cells were met\n", met, cell_count);

  std::printf("Seen by the clients\n");
  line("responses", counts.responses.load());
  line("WebSockets", counts.upgrades.load());
  line("messages", counts.messages.load());
  line("Close frames", counts.closes.load());
  line("resets", counts.resets.load());
  line("calm exchanges that were whole", counts.calm.load());
  line("calm exchanges with an excuse", counts.excused.load());
  line("anomalies", counts.anomalies.load());

  std::printf("Counted by the servers\n");
  line("connections", totals_.accepted);
  line("requests", totals_.requests);
  line("deadlines missed", totals_.deadlines);
  line("handlers cancelled", totals_.cancelled);
  line("handlers killed", totals_.killed);
  line("handlers failed", totals_.failures);
  line("late acknowledgements", totals_.late);
  line("foreign acknowledgements", totals_.foreign);
  line("accepts failed", totals_.accepts_failed);
  line("allocations refused", requests_refused());
  line("connections ended by that", totals_.starved);
  line("clients killed", workers_.killed());
  line("servers stopped under load", lives_);
  std::printf("  %-34s %12.1f MiB\n", "most resident memory", mebi(peak_));

  std::printf("At rest, after each round\n  allocations   heap MiB  resident MiB  descriptors\n");
  for (const auto& one : rests_)
    std::printf("  %11" PRId64 " %10.2f %13.1f %12zu\n", one.allocations, mebi(one.heap),
                mebi(one.resident), one.descriptors);

  for (const auto& what : failures_)
    std::printf("FAILED: %s\n", what.c_str());
  const auto minutes = static_cast<double>(wishes_.length.count()) / 60;
  std::printf("%s; to run it again: ./dev soak %g --seed %" PRIu64 "\n",
              failures_.empty() ? "Everything held" : "It did not hold", minutes, wishes_.seed);
}

} // namespace sluice::soak

#include "sluice/server/service/watch.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace sluice {

namespace {

std::string text_of(duration length) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f s", seconds_of(length));
  return text.data();
}

} // namespace

watch::watch(server_view& what, journal& log)
  : what_{what},
    log_{log},
    holds_(what.loops.size()),
    tales_{{{&counters::connections_refused,
             "a connection was refused with 503: the memory budget is taken",
             "connections were refused with 503: the memory budget is taken"},
            {&counters::accepts_paused,
             "accepting pauses: there are as many connections as there may be (--max-connections)",
             "times accepting paused: there are as many connections as there may be "
             "(--max-connections)"},
            {&counters::accepts_failed,
             "a connection could not be taken for want of a descriptor or of memory",
             "connections could not be taken for want of descriptors or of memory"},
            {&counters::detached_refused,
             "a request was refused with 503: all of --detached-threads are taken",
             "requests were refused with 503: all of --detached-threads are taken"},
            {&counters::connections_starved, "a connection was ended for want of memory",
             "connections were ended for want of memory"}}} {}

duration watch::interval() const noexcept {
  constexpr duration longest = std::chrono::milliseconds{250};
  if (what_.loop_lag == duration::zero())
    return longest;
  return std::clamp<duration>(what_.loop_lag / 2, std::chrono::milliseconds{5}, longest);
}

void watch::look(time_point now) {
  if (what_.loop_lag > duration::zero())
    for (std::size_t i = 0; i < holds_.size(); ++i)
      look_at(i, now);
  const auto count = what_.count();
  for (auto& each : tales_)
    tell(each, count, now);
}

void watch::look_at(std::size_t which, time_point now) {
  const auto& loop = what_.loops[which].context->loop;
  auto& last = holds_[which];
  const auto since = loop.busy_since();
  if (last.since && since != last.since)
    end(which);
  if (!since || now - *since <= what_.loop_lag)
    return;
  auto& seen = what_.loops[which];
  if (!last.since) {
    last = {since, *since, now, {}};
    seen.holds.add();
  }
  seen.held_time.add(static_cast<std::uint64_t>((now - last.seen).count()));
  last.seen = now;
  const auto* const whose = loop.runs();
  last.by = whose != nullptr ? *whose : std::string{};
  if (now < last.next_line)
    return;
  last.next_line = now + pause;
  const auto others = std::max<std::int64_t>(0, seen.context->count.connections_open);
  log_.report(severity::warning,
              name_of(which) + " has been held up for " + text_of(now - *since)
                + (last.by.empty() ? std::string{} : ", now by the handler of " + last.by) + "; "
                + std::to_string(others) + " connections wait");
}

void watch::end(std::size_t which) {
  auto& last = holds_[which];
  log_.report(severity::warning,
              name_of(which) + " goes on: it was held up for at least "
                + text_of(last.seen - *last.since)
                + (last.by.empty() ? std::string{} : ", at last by the handler of " + last.by));
  last = {};
}

void watch::tell(tale& which, const counters& count, time_point now) {
  const auto all = (count.*which.what).load();
  if (all == which.told || now < which.next_line)
    return;
  const auto more = all - which.told;
  log_.report(severity::warning, more == 1 ? std::string{which.one}
                                           : std::to_string(more) + ' ' + std::string{which.many});
  which.told = all;
  which.next_line = now + pause;
}

std::string watch::name_of(std::size_t which) const {
  return "event loop " + std::to_string(which);
}

} // namespace sluice

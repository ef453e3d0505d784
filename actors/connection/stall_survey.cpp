#include "sluice/actors/connection/stall_survey.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/loop/event_loop.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace sluice {

namespace {

/// Connections looked at in one round. One of which only the time is asked costs a tenth of a
/// microsecond, one that is described, for the kernel's counts, five.
constexpr std::size_t connections_per_round = 64;
constexpr std::size_t described_per_round = 16;

/// A survey under way. From the last connection to the first: what ends meanwhile moves the last to
/// its place, so that none is missed, though one may be seen twice.
class survey_task final : public loop_task {
public:
  survey_task(loop_context& where, stall_query what, std::function<void(stall_list&&)> done)
    : where_{where}, what_{std::move(what)}, done_{std::move(done)} {}

  void run() override {
    try {
      if (!has_begun_)
        begin();
      if (look())
        where_.loop.post_next_round(std::make_unique<survey_task>(std::move(*this)));
      else
        finish();
    } catch (const std::bad_alloc&) {} // whoever waits for it has a deadline
  }

private:
  void begin() {
    has_begun_ = true;
    left_ = seen_.connections = where_.connections.size();
  }

  /// @returns whether there are more
  bool look() {
    left_ = std::min(left_, where_.connections.size());
    const auto most = what_.by == stall_query::order::octets ? described_per_round
                                                             : connections_per_round;
    const auto end = left_ - std::min(left_, most);
    while (left_ > end)
      look_at(where_.connections.at(--left_));
    return left_ > 0;
  }

  void look_at(const socket_actor& which) {
    which.for_each_asked([this](caf::actor_id whom) { ++seen_.asked[whom]; });
    const auto open = which.awaited();
    const auto is_idle = !open || open->which == wait::keep_alive;
    if ((is_idle && !what_.with_idle)
        || (what_.awaited && (!open || party_of(open->which) != *what_.awaited)))
      return;
    const auto* const at = which.route();
    if (!what_.route.empty() && (at == nullptr || at->route != what_.route))
      return;
    if (!which.peer().starts_with(what_.peer))
      return;
    ++seen_.matching;
    // Those that wait longest are the only ones that are asked for more.
    const auto since = open ? open->since : where_.loop.now();
    if (what_.by == stall_query::order::time && is_full() && since >= newest())
      return;
    stall row;
    which.describe(row);
    keep(std::move(row));
  }

  [[nodiscard]] bool is_full() const noexcept { return seen_.rows.size() >= what_.most; }
  /// Of those that are kept. They are a heap, with the least at the front.
  [[nodiscard]] time_point newest() const noexcept {
    return what_.most == 0 ? time_point::min() : where_.loop.now() - seen_.rows.front().awaited_for;
  }

  void keep(stall&& row) {
    const auto is_before = [this](const stall& one, const stall& other) {
      return is_more(one, other);
    };
    auto& rows = seen_.rows;
    rows.push_back(std::move(row));
    std::push_heap(rows.begin(), rows.end(), is_before);
    if (rows.size() <= what_.most)
      return;
    std::pop_heap(rows.begin(), rows.end(), is_before);
    rows.pop_back();
  }

  [[nodiscard]] bool is_more(const stall& one, const stall& other) const noexcept {
    return what_.by == stall_query::order::octets ? one.octets() > other.octets()
                                                  : one.awaited_for > other.awaited_for;
  }

  void finish() {
    auto& rows = seen_.rows;
    std::sort(rows.begin(), rows.end(), [](const stall& one, const stall& other) {
      return one.connection < other.connection;
    });
    rows.erase(std::unique(rows.begin(), rows.end(),
                           [](const stall& one, const stall& other) {
                             return one.connection == other.connection;
                           }),
               rows.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [this](const stall& one, const stall& other) { return is_more(one, other); });
    done_(std::move(seen_));
  }

  loop_context& where_;
  stall_query what_;
  std::function<void(stall_list&&)> done_;
  stall_list seen_;
  std::size_t left_ = 0; ///< connections that were not looked at
  bool has_begun_ = false;
};

} // namespace

void survey(loop_context& where, stall_query what, std::function<void(stall_list&&)> done) {
  where.loop.post(std::make_unique<survey_task>(where, std::move(what), std::move(done)));
}

} // namespace sluice

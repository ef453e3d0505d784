#include "sluice/actors/connection/stream_table.hpp"

#include "sluice/actors/caf/bare_element.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "tests/actors/stand_in.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

/// A stream whose handler keeps each delivery, and outlives its cancellation until it is told to
/// end.
struct puppet final : stream_user {
  explicit puppet(stream_rig& rig, duration grace = 5s) : world{rig}, line{rig.table, *this} {
    route.route = "/";
    route.limits.cancel_grace = grace;
    route.handler = behavior_handler{
      [this](caf::event_based_actor* self, const request&, const caf::actor&) {
        handler = caf::actor_cast<caf::strong_actor_ptr>(self);
        return caf::behavior{[this, self](const chunk& content) {
                               got.emplace_back(content.content.text());
                               due.push_back(self->make_response_promise());
                               return due.back();
                             },
                             [this](const cancelled& why) { told.push_back(why.reason); },
                             [this, self](int what) { obey(*self, static_cast<order>(what)); }};
      },
      false};
    line.start(route, request{});
    rig.run();
  }

  enum class order : std::uint8_t { acknowledge, reject, end };

  void obey(caf::event_based_actor& self, order what) {
    if (what == order::end)
      return self.quit();
    for (auto& credit : std::exchange(due, {}))
      if (what == order::acknowledge)
        credit.deliver(caf::unit);
      else
        credit.deliver(caf::make_error(caf::sec::invalid_argument));
  }
  void tell(order what) {
    caf::anon_send(caf::actor_cast<caf::actor>(handler), static_cast<int>(what));
    world.run();
  }
  void deliver(std::string_view text) {
    line.deliver(chunk{octets{text}});
    world.run();
  }

  void on_handler_message(const mail&, const asker&) override {}
  void on_acknowledged() override { ++acknowledged; }
  void on_rejected(const caf::error&) override { ++rejected; }
  void on_handler_down(const caf::error&, bool was_cancelled) override {
    ended = was_cancelled ? "cancelled" : "by itself";
  }

  stream_rig& world;
  endpoint route;
  caf::strong_actor_ptr handler;
  std::vector<std::string> got;
  std::vector<caf::response_promise> due;
  std::vector<cancel_reason> told;
  int acknowledged = 0;
  int rejected = 0;
  std::string ended;
  stream line; ///< starts the handler
};

using order = puppet::order;

} // namespace

TEST_CASE("one delivery is outstanding until it is acknowledged (S1)") {
  stream_rig rig;
  puppet one{rig};
  CHECK(one.line.can_deliver());
  one.deliver("first");
  CHECK(one.got == std::vector<std::string>{"first"});
  CHECK_FALSE(one.line.can_deliver());
  CHECK(one.line.is_stalled());
  one.tell(order::acknowledge);
  CHECK(one.acknowledged == 1);
  CHECK(one.line.can_deliver());
  CHECK_FALSE(one.line.is_stalled());
}

TEST_CASE("an error is no acknowledgement, and empties the slot as well (S3)") {
  stream_rig rig;
  puppet one{rig};
  one.deliver("first");
  one.tell(order::reject);
  CHECK(one.acknowledged == 0);
  CHECK(one.rejected == 1);
  CHECK_FALSE(one.line.is_stalled());
}

TEST_CASE("an acknowledgement earns credit once, and only from who got the delivery (S3)") {
  stream_rig rig;
  puppet one{rig};
  puppet other{rig};
  one.deliver("first");
  const auto answer_of = [&](const puppet& whose, std::uint64_t id) {
    return bare_element{whose.handler, caf::make_message_id(id).response_id()};
  };
  // The first request of this owner.
  auto id = std::uint64_t{1};
  while (rig.table.on_response(answer_of(one, id)) == nullptr)
    REQUIRE(++id < 100);
  CHECK_FALSE(one.line.is_stalled());
  CHECK(rig.table.on_response(answer_of(one, id)) == nullptr); // again
  CHECK(rig.world.count.acknowledgements_late == id);
  CHECK(rig.table.on_response(answer_of(other, id)) == nullptr);
  const bare_element nobody{rig.self, caf::make_message_id(id).response_id()};
  CHECK(rig.table.on_response(nobody) == nullptr);
  CHECK(rig.world.count.acknowledgements_foreign == 1);
}

TEST_CASE("a message is for the stream whose handler has sent it") {
  stream_rig rig;
  puppet one{rig};
  puppet other{rig};
  CHECK(rig.table.find(one.handler) == &one.line);
  CHECK(rig.table.find(other.handler) == &other.line);
  CHECK(rig.table.find(rig.self) == nullptr);
  CHECK(rig.table.find(caf::strong_actor_ptr{}) == nullptr);
  one.line.detach();
  CHECK(rig.table.find(one.handler) == nullptr);
  CHECK(rig.table.is_detached(one.handler));
  CHECK_FALSE(rig.table.is_detached(other.handler));
  one.tell(order::end);
}

TEST_CASE("each stream has its own slot and its own cancellation (S1 S44)") {
  stream_rig rig;
  puppet one{rig};
  puppet other{rig};
  one.deliver("first");
  CHECK(other.line.can_deliver());
  one.line.cancel(cancel_reason::peer_closed);
  rig.run();
  CHECK(one.told == std::vector{cancel_reason::peer_closed});
  CHECK(other.told.empty());
  other.deliver("second");
  other.tell(order::acknowledge);
  CHECK(other.acknowledged == 1);
  CHECK(one.acknowledged == 0);
  one.tell(order::end);
  CHECK(one.ended == "cancelled");
  other.tell(order::end);
  CHECK(other.ended == "by itself");
  CHECK_FALSE(rig.table.has_handlers());
}

TEST_CASE("a handler is told to end once, and nothing else from then on (S44)") {
  stream_rig rig;
  puppet one{rig};
  one.line.cancel(cancel_reason::peer_closed);
  one.line.cancel(cancel_reason::draining);
  one.line.notify(cancelled{cancel_reason::peer_reset}); // any control message
  rig.run();
  CHECK(one.told == std::vector{cancel_reason::peer_closed});
  CHECK_FALSE(one.line.can_deliver());
  CHECK(rig.world.count.handlers_cancelled == 1);
  CHECK(rig.world.count.handlers_cancelled_running == 1);
  one.tell(order::end);
  CHECK(rig.world.count.handlers_cancelled_running == 0);
}

TEST_CASE("each handler has the grace of its own route, then it is killed (S45)") {
  stream_rig rig;
  puppet brief{rig, 2s};
  puppet patient{rig, 5s};
  puppet endless{rig, duration::zero()};
  SUBCASE("of streams") {
    rig.table.cancel_streams(cancel_reason::peer_closed);
  }
  SUBCASE("detached ones") {
    for (auto* each : {&brief, &patient, &endless})
      each->line.detach();
    rig.table.cancel_detached(cancel_reason::draining);
  }
  SUBCASE("each when it was told") {
    brief.line.detach();
    rig.table.cancel_detached(brief.handler, cancel_reason::answered);
    patient.line.cancel(cancel_reason::peer_closed);
    endless.line.cancel(cancel_reason::peer_closed);
  }
  CHECK(rig.table.next_grace() == rig.world.time.now() + 2s);
  rig.advance(2s - duration{1});
  CHECK(rig.world.count.handlers_killed == 0);
  rig.advance(duration{1});
  CHECK(rig.world.count.handlers_killed == 1);
  CHECK(rig.table.next_grace() == rig.world.time.now() + 3s);
  rig.advance(3s);
  CHECK(rig.world.count.handlers_killed == 2);
  CHECK(rig.table.next_grace() == time_point::max());
  rig.advance(1h);
  CHECK(rig.world.count.handlers_killed == 2);
  CHECK(rig.table.has_handlers());
  endless.tell(order::end);
  CHECK_FALSE(rig.table.has_handlers());
}

TEST_CASE("a detached handler works on, and holds up others while it has a delivery (S1)") {
  stream_rig rig;
  puppet one{rig};
  one.deliver("first");
  one.line.detach();
  CHECK_FALSE(one.line.has_handler());
  CHECK_FALSE(one.line.is_stalled());
  CHECK(rig.table.has_detached());
  CHECK(rig.table.is_held_up());
  SUBCASE("until it acknowledges that, which is no credit for others") {
    one.tell(order::acknowledge);
    CHECK(rig.world.count.acknowledgements_late == 1);
    CHECK(one.acknowledged == 0);
    CHECK(rig.table.has_detached());
  }
  SUBCASE("or has ended") {
    one.tell(order::end);
    CHECK_FALSE(rig.table.has_detached());
    CHECK(one.ended.empty()); // it is nobody's business
  }
  CHECK_FALSE(rig.table.is_held_up());
  one.tell(order::end);
}

TEST_CASE("so many detached handlers hold up others as are too many (S61)") {
  stream_rig rig;
  std::list<puppet> all;
  for (auto i = 0; i < 16; ++i) {
    CHECK_FALSE(rig.table.is_held_up());
    all.emplace_back(rig).line.detach();
  }
  CHECK(rig.table.is_held_up());
  all.front().tell(order::end);
  CHECK_FALSE(rig.table.is_held_up());
  rig.table.kill_all(); // before the routes go that they were started for
  rig.run();
}

TEST_CASE("all handlers are killed, cancelled before or not (S60)") {
  stream_rig rig;
  puppet running{rig};
  puppet cancelled{rig};
  puppet detached{rig};
  cancelled.line.cancel(cancel_reason::draining);
  detached.line.detach();
  rig.table.kill_all();
  rig.table.kill_all();
  CHECK(rig.world.count.handlers_killed == 3);
  CHECK(rig.world.count.handlers_cancelled_running == 2);
  rig.run();
  CHECK_FALSE(rig.table.has_handlers());
  CHECK(rig.world.count.handlers_cancelled_running == 0);
}

TEST_CASE("a stream that has ended may start another handler") {
  stream_rig rig;
  puppet one{rig};
  one.line.cancel(cancel_reason::answered);
  one.tell(order::end);
  CHECK_FALSE(one.line.has_handler());
  one.line.start(one.route, request{});
  rig.run();
  CHECK(one.line.can_deliver());
  CHECK(rig.table.next_grace() == time_point::max()); // that of the first is not its own
}

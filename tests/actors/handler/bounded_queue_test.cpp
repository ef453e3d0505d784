#include "sluice/actors/handler/bounded_queue.hpp"

#include "sluice/actors/messages/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sluice;

namespace {

using outbox = bounded_queue<send_message>;

outbox::entry entry_of(std::string_view text, caf::response_promise sender = {}) {
  return {send_message{{message_kind::text, octets{text}, true}}, std::move(sender)};
}

/// An outbox and what became of each message: those queued, and the victims in order.
struct scenario {
  explicit scenario(push_policy policy) : box{policy} {}

  outbox::outcome push(std::string_view text, caf::response_promise sender = {}) {
    std::vector<outbox::entry> out;
    const auto outcome = box.push(entry_of(text, std::move(sender)), out);
    for (const auto& each : out)
      victims += each.content.content.text();
    return outcome;
  }

  std::string rest() {
    std::string all;
    while (const auto next = box.pop())
      all += next->content.content.text();
    return all;
  }

  outbox box;
  std::string victims;
};

/// Makes promises as they come with a request and with a plain message.
struct senders {
  caf::actor_system_config options;
  caf::actor_system system{options.set("scheduler.policy", caf::atom("testing"))};
  caf::scoped_actor self{system};

  [[nodiscard]] caf::response_promise with(caf::message_id id) const {
    const auto who = caf::actor_cast<caf::strong_actor_ptr>(self);
    return {who, who, {}, id};
  }
  [[nodiscard]] caf::response_promise of_request() const {
    return with(self->new_request_id(caf::message_priority::normal));
  }
  [[nodiscard]] caf::response_promise of_message() const { return with(caf::make_message_id()); }
};

using outcome = outbox::outcome;

} // namespace

TEST_CASE("messages wait in order up to the capacity") {
  for (const auto on_full : {slow_consumer::wait, slow_consumer::drop_oldest,
                             slow_consumer::drop_newest, slow_consumer::close}) {
    scenario s{{on_full, 2}};
    CHECK(s.push("a") == outcome::queued);
    CHECK(s.push("b") == outcome::queued);
    CHECK(s.box.size() == 2);
    CHECK(s.victims.empty());
    CHECK(s.rest() == "ab");
    CHECK_FALSE(s.box.pop());
  }
}

TEST_CASE("drop_oldest makes room at the front") {
  scenario s{{slow_consumer::drop_oldest, 2}};
  for (const auto* text : {"a", "b", "c", "d"})
    CHECK(s.push(text) == outcome::queued);
  CHECK(s.victims == "ab");
  CHECK(s.rest() == "cd");
}

TEST_CASE("drop_newest drops what comes past the capacity") {
  scenario s{{slow_consumer::drop_newest, 2}};
  CHECK(s.push("a") == outcome::queued);
  CHECK(s.push("b") == outcome::queued);
  CHECK(s.push("c") == outcome::dropped);
  CHECK(s.victims == "c");
  CHECK(s.rest() == "ab");
}

TEST_CASE("latest keeps only the newest whatever the capacity") {
  for (const auto capacity : {0u, 1u, 5u}) {
    scenario s{{slow_consumer::latest, capacity}};
    for (const auto* text : {"a", "b", "c"})
      CHECK(s.push(text) == outcome::queued);
    CHECK(s.victims == "ab");
    CHECK(s.rest() == "c");
  }
}

TEST_CASE("close reports an overflow past the capacity and drops the message") {
  scenario s{{slow_consumer::close, 2}};
  CHECK(s.push("a") == outcome::queued);
  CHECK(s.push("b") == outcome::queued);
  CHECK(s.push("c") == outcome::overflow);
  CHECK(s.victims == "c");
  CHECK(s.rest() == "ab");
}

TEST_CASE("with a capacity of zero nothing waits and nothing breaks") {
  CHECK(scenario{{slow_consumer::drop_oldest, 0}}.push("a") == outcome::dropped);
  CHECK(scenario{{slow_consumer::drop_newest, 0}}.push("a") == outcome::dropped);
  CHECK(scenario{{slow_consumer::wait, 0}}.push("a") == outcome::dropped);
  CHECK(scenario{{slow_consumer::close, 0}}.push("a") == outcome::overflow);
}

TEST_CASE_FIXTURE(senders, "with wait a sender that waits for its answer is bounded by itself") {
  scenario s{{slow_consumer::wait, 1}};
  CHECK(s.push("a", of_request()) == outcome::queued);
  CHECK(s.push("b", of_request()) == outcome::queued);
  CHECK(s.push("c", of_request()) == outcome::queued);
  CHECK(s.victims.empty());
  CHECK(s.rest() == "abc");
}

TEST_CASE_FIXTURE(senders, "with wait a sender that does not wait is dropped past the capacity") {
  scenario s{{slow_consumer::wait, 1}};
  CHECK(s.push("a", of_message()) == outcome::queued);
  CHECK(s.push("b", of_message()) == outcome::dropped);
  CHECK(s.push("c", of_request()) == outcome::queued);
  CHECK(s.victims == "b");
  CHECK(s.rest() == "ac");
}

TEST_CASE_FIXTURE(senders,
                  "with wait the messages that were sent as requests do not use up the capacity") {
  scenario s{{slow_consumer::wait, 1}};
  CHECK(s.push("a", of_request()) == outcome::queued);
  CHECK(s.push("b", of_message()) == outcome::queued);
  CHECK(s.push("c", of_message()) == outcome::dropped);
  CHECK(s.rest() == "ab");
}

TEST_CASE_FIXTURE(senders,
                  "with wait 1024 may wait for their answers, and who is taken makes room") {
  scenario s{{slow_consumer::wait, 1}};
  for (std::size_t i = 0; i < outbox::most_awaited; ++i)
    REQUIRE(s.push("a", of_request()) == outcome::queued);
  CHECK(s.push("b", of_request()) == outcome::dropped);
  CHECK(s.push("c", of_message()) == outcome::queued); // they do not use up the capacity
  CHECK(s.push("d", of_message()) == outcome::dropped);
  CHECK(s.victims == "bd");
  CHECK(s.box.pop()->content.content.text() == "a");
  CHECK(s.push("e", of_request()) == outcome::queued);
  CHECK(s.push("f", of_request()) == outcome::dropped);
  while (s.box.pop()) {}
  for (std::size_t i = 0; i < outbox::most_awaited; ++i)
    REQUIRE(s.push("a", of_request()) == outcome::queued);
  CHECK(s.push("g", of_request()) == outcome::dropped);
}

TEST_CASE_FIXTURE(senders, "a victim keeps the promise to its sender") {
  outbox box{{slow_consumer::drop_oldest, 1}};
  std::vector<outbox::entry> victims;
  CHECK(box.push(entry_of("a", of_request()), victims) == outcome::queued);
  CHECK(box.push(entry_of("b"), victims) == outcome::queued);
  REQUIRE(victims.size() == 1);
  CHECK(victims[0].sender.pending());
  CHECK_FALSE(victims[0].sender.async());
}

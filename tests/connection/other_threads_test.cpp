// What a sender on another thread may add to a connection while its loop does something else.

#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include <sluice/sluice.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <utility>

using namespace sluice;
using namespace sluice::testing;

namespace {

const settings preset;

/// A WebSocket whose handler lends its name to another thread.
struct lent_socket {
  lent_socket() {
    routes.web_socket("/", behavior_handler{[this](caf::event_based_actor* self, const request&,
                                                   const caf::actor& to) -> caf::behavior {
                        handler = self;
                        connection = to;
                        return {
                          [this, self](const message&) { credit = self->make_response_promise(); },
                          [this, self](const cancelled&) {
                            let_go();
                            self->quit();
                          }};
                      }});
    client.open_web_socket("/");
    service.run();
  }
  ~lent_socket() { let_go(); }

  /// Sends `count` messages of `size` octets from another thread, while the loop does nothing.
  void send(std::size_t count, std::size_t size) {
    std::thread{[&] {
      for (std::size_t i = 0; i < count; ++i)
        caf::send_as(handler, connection,
                     send_message{{message_kind::binary, octets{std::string(size, 'x')}}});
    }}.join();
  }
  [[nodiscard]] std::size_t refused() const { return client.handler().refused.size(); }

  caf::actor handler;
  caf::actor connection;
  caf::response_promise credit; ///< of the message that was delivered last
  router routes;
  simulation service{routes};
  scripted_client& client = service.connect();

private:
  void let_go() {
    handler = nullptr;
    connection = nullptr;
    credit = {};
  }
};

} // namespace

TEST_CASE("a loop's queue takes a cap and a low_water from other threads and then no more (S48)") {
  lent_socket all;
  const auto room = preset.output_cap + preset.low_water;
  const std::size_t piece = 100'000;
  // Each time anew: what has left is given back.
  for (std::size_t round = 0; round < 3; ++round) {
    CAPTURE(round);
    all.send(room / piece, piece);
    all.send(1, room % piece);
    CHECK(all.refused() == round);
    all.send(1, 1);
    CHECK(all.refused() == round + 1);
    all.send(1, 0);
    CHECK(all.refused() == round + 1);
    all.service.run();
    CHECK(all.client.messages().size() == (round + 1) * (room / piece + 2));
  }
}

TEST_CASE("a loop's queue takes so many messages from other threads as may wait (S48)") {
  lent_socket all;
  for (std::size_t round = 0; round < 3; ++round) {
    CAPTURE(round);
    all.send(most_waiting_sends, 1);
    CHECK(all.refused() == round);
    all.send(1, 0);
    CHECK(all.refused() == round + 1);
    all.service.run();
    CHECK(all.client.messages().size() == (round + 1) * most_waiting_sends);
  }
}

TEST_CASE("an acknowledgement finds a place in a full queue (S2 S48)") {
  lent_socket all;
  all.client.send_text("one");
  all.client.send_text("two");
  all.service.run();
  REQUIRE(all.client.handler().delivered.size() == 1);
  all.send(most_waiting_sends + 1, 1);
  REQUIRE(all.refused() == 1);
  std::thread{[&] { all.credit.deliver(caf::unit); }}.join();
  all.service.run();
  CHECK(all.client.handler().acknowledged == 1);
  CHECK(all.client.handler().delivered.size() == 2);
}

TEST_CASE("what waits for a client leaves other threads so much less room (S47 S48)") {
  lent_socket all;
  all.client.stop_reading();
  all.send(1, 1'000'000);
  all.service.run();
  REQUIRE(all.refused() == 0);
  // The kernel has some of it, but it is one message, held until its last octet has left.
  const auto left = preset.output_cap + preset.low_water - 1'000'000;
  REQUIRE(left > 110'000);
  REQUIRE(left < 140'000);
  all.send(1, 100'000);
  CHECK(all.refused() == 0);
  all.send(1, 40'000);
  CHECK(all.refused() == 1);
  all.client.read_on();
  all.service.run();
  CHECK(all.client.messages().size() == 2);
  all.send(10, 100'000);
  CHECK(all.refused() == 1);
}

// Messages that wait behind a full slot.

#include "tests/connection/support.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::string_view pong_of_p{"\x8a\x01p", 3};

std::string tiny_messages(int count) {
  std::string all;
  for (auto i = 0; i < count; ++i)
    all += client_frame(0x82, {});
  return all;
}

} // namespace

TEST_CASE("64 messages are parked behind a full slot and not one more (S8 S30)") {
  for (const auto parked : {63, 64, 65}) {
    CAPTURE(parked);
    stage all; // acknowledges when it is told to
    const auto before = all.open_web_socket();
    // One is with the handler. A Ping behind the others is answered if it is looked at.
    all.client.send(tiny_messages(1 + parked) + client_frame(0x89, "p"));
    all.client.run();
    CHECK(all.seen().data == 1);
    CHECK(all.received_since(before) == (parked < 64 ? pong_of_p : ""));
    all.tell(caf::make_message(acknowledge_order::value));
    CHECK(all.seen().data == 1 + parked);
    CHECK(all.received_since(before) == pong_of_p);
  }
}

TEST_CASE("as many messages are parked anew once the parked ones were taken (S8 S30)") {
  stage all;
  const auto before = all.open_web_socket();
  all.client.send(tiny_messages(65));
  all.client.run();
  CHECK(all.seen().data == 1);
  all.tell(caf::make_message(acknowledge_order::value)); // and all that follow at once
  CHECK(all.seen().data == 65);
  all.client.send(tiny_messages(130) + client_frame(0x89, "p"));
  all.client.run();
  CHECK(all.seen().data == 195);
  CHECK(all.received_since(before) == pong_of_p);
}

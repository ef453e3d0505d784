// The matrix of SEMANTICS.md: each cell once on the deterministic kit, once more over a transport
// that can't be looked into, and once on real sockets.

#include "tests/matrix/play.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

settings small_buffers() {
  settings limits;
  limits.receive_buffer = 16 * 1024;
  limits.send_buffer = 16 * 1024;
  return limits;
}

void check_end(const cell& which, const performance& seen, bool gives_up) {
  CAPTURE(to_string(which));
  CHECK_MESSAGE(seen.stuck.empty(), "waited in vain for ", seen.stuck);
  CHECK(to_string(seen.end) == to_string(expected(which, gives_up)));
  CHECK(seen.log.cancelled.size() <= 1);  // S44
  CHECK(seen.log.data_after_cancel == 0); // S44
  CHECK(seen.log.ends <= 1);              // S4
  if (which.how_fast == pace::never)
    CHECK(seen.log.data <= 1); // S1
}

template <class World>
void play_all(framing what) {
  for_each_cell(what, [](const cell& which) {
    const auto log = std::make_shared<observed<puppet_log>>();
    const auto routes = stage_of(which, log);
    World place{routes, small_buffers()};
    check_end(which, play(which, place, *log), place.gives_up());
  });
}

} // namespace

TEST_CASE_TEMPLATE("every way for a client to go ends as it should without content (matrix)", World,
                   scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::no_content);
}

TEST_CASE_TEMPLATE("every way for a client to go ends as it should with Content-Length (matrix)",
                   World, scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::content_length);
}

TEST_CASE_TEMPLATE("every way for a client to go ends as it should with chunked content (matrix)",
                   World, scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::chunked);
}

TEST_CASE_TEMPLATE("every way for a client to go ends as it should with text messages (matrix)",
                   World, scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::ws_text);
}

TEST_CASE_TEMPLATE("every way for a client to go ends as it should with binary messages (matrix)",
                   World, scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::ws_binary);
}

TEST_CASE_TEMPLATE("every way for a client to go ends as it should with fragments (matrix)", World,
                   scripted_world, reluctant_world, socket_world) {
  play_all<World>(framing::ws_fragmented);
}

#include "sluice/actors/connection/turn_away.hpp"

#include "tests/actors/turning_loop.hpp"
#include "tests/support/memory_allowance.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view refusal = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                                     "Retry-After: 1\r\nContent-Length: 0\r\n\r\n";

/// A loop that turns everybody away.
struct turning_away : turning_loop {
  /// Accepts the client that waits. @returns its descriptor, which nobody owns yet
  [[nodiscard]] int accept() const {
    await(at.descriptor(), POLLIN);
    const auto accepted = ::accept4(at.descriptor(), nullptr, nullptr,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC);
    REQUIRE(accepted >= 0);
    return accepted;
  }
  /// Turns the client away that waits. @returns the descriptor, which is no longer ours
  int turn_one_away() {
    const auto accepted = accept();
    refusals.refuse(accepted);
    return accepted;
  }

  listener at = listen_anywhere(limits);
  turn_away refusals{context};
};

/// Everything that the server says until it ends its side, which it must do.
std::string heard_by(raw_client& client) {
  auto all = client.receive_all();
  CHECK_MESSAGE(client.is_readable(), "the server has not ended its side");
  return all;
}

/// Sends, and waits until all has arrived.
void send(raw_client& client, int to, int octets) {
  const auto before = octets_in(to);
  client.send(std::string(static_cast<std::size_t>(octets), 'x'));
  while (octets_in(to) < before + octets)
    await(to, POLLIN);
}

} // namespace

TEST_CASE_FIXTURE(turning_away,
                  "a client that is turned away hears that at once and the end of it (S22 S57)") {
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  CHECK(heard_by(client) == refusal);
  CHECK_FALSE(client.was_reset());
  CHECK(is_open(descriptor));
  CHECK(loop->timers().size() == 1);
}

TEST_CASE_FIXTURE(turning_away,
                  "who is turned away is listened to until its own end and not reset (S22 S57)") {
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  for (auto i = 0; i < 3; ++i) {
    send(client, descriptor, 700);
    run();
    CHECK(octets_in(descriptor) == 0);
    CHECK(is_open(descriptor));
  }
  CHECK(heard_by(client) == refusal);
  CHECK_FALSE(client.was_reset());
  SUBCASE("it ends its side") {
    client.shutdown_write();
    await(descriptor, POLLRDHUP);
  }
  SUBCASE("it closes") {
    client.close();
    await(descriptor, POLLRDHUP);
  }
  SUBCASE("it resets") {
    client.reset();
    await(descriptor, POLLHUP);
  }
  run();
  CHECK_FALSE(is_open(descriptor));
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(
  turning_away, "64 are listened to at once and the next is told and closed until one goes (S57)") {
  std::vector<std::unique_ptr<raw_client>> clients;
  std::vector<int> descriptors;
  for (auto i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<raw_client>(at.port()));
    descriptors.push_back(turn_one_away());
  }
  for (const auto descriptor : descriptors)
    CHECK(is_open(descriptor));
  CHECK(loop->timers().size() == 64);

  raw_client one_more{at.port()};
  CHECK_FALSE(is_open(turn_one_away()));
  CHECK(loop->timers().size() == 64);
  CHECK(heard_by(one_more) == refusal);

  clients[40]->close();
  await(descriptors[40], POLLRDHUP);
  run();
  CHECK_FALSE(is_open(descriptors[40]));
  for (const auto other : {0U, 39U, 41U, 63U})
    CHECK(is_open(descriptors[other]));
  raw_client next{at.port()};
  CHECK(is_open(turn_one_away()));
  CHECK(loop->timers().size() == 64);
}

TEST_CASE_FIXTURE(turning_away,
                  "who is turned away is listened to for the linger deadline whatever "
                  "it sends (S22 S57)") {
  limits.linger_deadline = 5s;
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  for (auto second = 1; second < 5; ++second) {
    advance(1s);
    send(client, descriptor, 1);
    run();
  }
  advance(999ms);
  CHECK(is_open(descriptor));
  advance(1ms);
  CHECK_FALSE(is_open(descriptor));
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(turning_away,
                  "without a linger deadline only its end or what it sends ends who is "
                  "turned away (S22)") {
  limits.linger_deadline = duration::zero();
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  CHECK(loop->timers().size() == 0);
  advance(24h);
  CHECK(is_open(descriptor));
  client.close();
  await(descriptor, POLLRDHUP);
  run();
  CHECK_FALSE(is_open(descriptor));
}

TEST_CASE_FIXTURE(turning_away, "who is turned away may send as much as lingers and no octet more "
                                "(S22 S57)") {
  limits.linger_content = 2500;
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  for (auto i = 0; i < 5; ++i) {
    send(client, descriptor, 500);
    run();
  }
  CHECK(is_open(descriptor));
  send(client, descriptor, 1);
  run();
  CHECK_FALSE(is_open(descriptor));
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(turning_away, "who is turned away is read from four times a turn (S52 S57)") {
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  constexpr auto a_turn = 4 * static_cast<int>(read_buffer);
  send(client, descriptor, a_turn + 100);
  CHECK(loop->turn());
  CHECK(octets_in(descriptor) == 100);
  CHECK(loop->turn());
  CHECK(octets_in(descriptor) == 0);
  CHECK_FALSE(loop->turn());
}

TEST_CASE_FIXTURE(turning_away, "who is turned away has the smallest buffer of the kernel (S61)") {
  raw_client client{at.port()};
  const auto descriptor = turn_one_away();
  auto octets = 0;
  socklen_t size = sizeof octets;
  REQUIRE(::getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &octets, &size) == 0);
  CHECK(octets == 2 * 4096);
}

TEST_CASE_FIXTURE(turning_away, "at the end of the host nobody is listened to any more (S59 S60)") {
  raw_client first{at.port()};
  const auto one = turn_one_away();
  raw_client second{at.port()};
  const auto other = turn_one_away();
  refusals.close_all();
  CHECK_FALSE(is_open(one));
  CHECK_FALSE(is_open(other));
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(turning_away, "who is turned away without memory is told all the same (S57)") {
  for (std::size_t granted = 0;; ++granted) {
    CAPTURE(granted);
    REQUIRE(granted < 10);
    raw_client client{at.port()};
    const auto descriptor = accept();
    auto has_failed = false;
    {
      const memory_allowance some{granted};
      try {
        refusals.refuse(descriptor);
      } catch (const std::bad_alloc&) {
        has_failed = true;
      }
    }
    CHECK_FALSE(has_failed);
    CHECK(heard_by(client) == refusal);
    if (is_open(descriptor)) {
      CHECK(granted == 2); // for the guest and its time
      break;
    }
    CHECK(loop->timers().size() == 0);
  }
}

TEST_CASE_FIXTURE(turning_away, "who can't be listened to is closed (S57 S60)") {
  const auto file = ::memfd_create("no socket", MFD_CLOEXEC); // which epoll does not take
  REQUIRE(file >= 0);
  refusals.refuse(file);
  CHECK_FALSE(is_open(file));
  CHECK(loop->timers().size() == 0);
}

TEST_CASE_FIXTURE(turning_away,
                  "without a descriptor to spare a client is told though it has sent already (S22 "
                  "S57)") {
  // What is there is read, up to a bound: then a close resets nothing.
  constexpr auto most = 16 * 4096;
  auto octets = 0;
  SUBCASE("nothing") {}
  SUBCASE("as much as is read") {
    octets = most;
  }
  SUBCASE("an octet more: it is reset behind its answer") {
    octets = most + 1;
  }
  raw_client client{at.port()};
  const auto descriptor = accept();
  send(client, descriptor, octets);
  turn_away::refuse_at_once(descriptor);
  CHECK_FALSE(is_open(descriptor));
  CHECK(heard_by(client) == refusal);
  CHECK(client.was_reset() == (octets > most));
}

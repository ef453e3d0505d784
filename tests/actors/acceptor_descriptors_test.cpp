// Clients that come when the process has no descriptors left.

#include "tests/actors/accepting_loop.hpp"
#include "tests/support/memory_allowance.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

// The undefined-behaviour sanitizer needs a descriptor to look at an object.
#ifdef __SANITIZE_ADDRESS__
constexpr auto is_skipped = true;
#else
constexpr auto is_skipped = false;
#endif

/// Takes every descriptor that this process may have, for as long as it lives.
class no_descriptors {
public:
  no_descriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit few{256, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    for (int next = 0; (next = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
      taken_.push_back(next);
  }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;
  ~no_descriptors() {
    for (const auto each : taken_)
      ::close(each);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

private:
  rlimit before_{};
  std::vector<int> taken_;
};

bool is_turned_away(raw_client& client) {
  return client.receive_all().starts_with("HTTP/1.1 503 ") && client.is_readable();
}

} // namespace

TEST_CASE_FIXTURE(accepting_loop,
                  "without a descriptor one client each 20 ms is told so and who comes "
                  "later is served (S57)"
                    * doctest::skip(is_skipped)) {
  auto& door = add_acceptor();
  auto first = come(door);
  auto second = come(door);
  auto third = come(door);
  {
    const no_descriptors left;
    run();
    CHECK(is_turned_away(*first));
    CHECK(count.accepts_failed == 1);
    CHECK_FALSE(quota.is_spare_missing()); // any more
    advance(19ms);
    CHECK_FALSE(second->is_readable());
    advance(1ms);
    CHECK(is_turned_away(*second));
    CHECK(count.accepts_failed == 2);
  }
  advance(19ms);
  CHECK(count.connections_accepted == 0);
  advance(1ms);
  CHECK(third->receive_response().ends_with("fine"));
  CHECK(count.connections_refused == 0); // which is said of the budget
  CHECK_FALSE(quota.is_spare_missing());
  quota.on_spare_given_up(); // by another loop
  CHECK(quota.is_spare_missing());
  CHECK(places_left() == most_connections - 1);
  CHECK(shares_left() == most_connections - 1);
}

TEST_CASE_FIXTURE(accepting_loop,
                  "while another has no spare descriptor nobody is taken, for it may be "
                  "the last (S57)") {
  auto& door = add_acceptor();
  quota.on_spare_given_up(); // by another loop
  auto first = come(door);
  auto second = come(door);
  run();
  CHECK(is_turned_away(*first));
  CHECK(places_left() == most_connections);
  CHECK(shares_left() == most_connections);
  quota.on_spare_regained();
  advance(19ms);
  CHECK(count.connections_accepted == 0);
  advance(1ms);
  CHECK(second->receive_response().ends_with("fine"));
}

TEST_CASE_FIXTURE(accepting_loop,
                  "an acceptor that has no spare descriptor looks for one before it "
                  "takes anybody (S57)"
                    * doctest::skip(is_skipped)) {
  auto from = listen_anywhere(limits);
  auto* door = static_cast<accepting_loop::gate*>(nullptr);
  std::unique_ptr<raw_client> first;
  std::unique_ptr<raw_client> second;
  {
    const no_descriptors left;
    door = &add_acceptor(std::move(from));
  }
  CHECK(quota.is_spare_missing());
  first = come(*door);
  run();
  CHECK(is_turned_away(*first));
  second = come(*door);
  {
    const no_descriptors left;
    advance(20ms);
    CHECK(quota.is_spare_missing());
    CHECK(loop->timers().size() == 1);
    advance(19ms);
  }
  CHECK_FALSE(second->is_readable());
  advance(1ms);
  CHECK_FALSE(quota.is_spare_missing());
  CHECK(second->receive_response().ends_with("fine"));
  door->accepts->drop_all();
  door->accepts.reset();
  CHECK_FALSE(quota.is_spare_missing());
}

TEST_CASE_FIXTURE(accepting_loop,
                  "an acceptor that goes without its spare descriptor holds up no other "
                  "(S57 S60)"
                    * doctest::skip(is_skipped)) {
  auto from = listen_anywhere(limits);
  accepting_loop::gate* door = nullptr;
  {
    const no_descriptors left;
    door = &add_closed(std::move(from));
  }
  CHECK(quota.is_spare_missing());
  door->accepts.reset();
  CHECK_FALSE(quota.is_spare_missing());
}

TEST_CASE_FIXTURE(accepting_loop, "a spare descriptor is given back with its acceptor (S60)") {
  auto& door = add_closed(listen_anywhere(limits));
  const auto spare = door.descriptor + 1;
  REQUIRE(is_open(spare));
  door.accepts.reset();
  CHECK_FALSE(is_open(spare));
  CHECK_FALSE(is_open(door.descriptor));
}

TEST_CASE_FIXTURE(accepting_loop,
                  "who waits for a descriptor goes on to do so also when there is no "
                  "memory for a moment (S57)"
                    * doctest::skip(is_skipped)) {
  auto from = listen_anywhere(limits);
  accepting_loop::gate* door = nullptr;
  {
    const no_descriptors left;
    door = &add_acceptor(std::move(from));
  }
  auto first = come(*door);
  run();
  CHECK(is_turned_away(*first));
  auto second = come(*door);
  auto has_failed = false;
  {
    const no_descriptors left;
    time.advance(20ms);
    try {
      const memory_allowance none{0};
      loop->turn();
    } catch (const std::bad_alloc&) {
      has_failed = true;
    }
    run();
  }
  CHECK_FALSE(has_failed);
  advance(20ms);
  CHECK(second->receive_response().ends_with("fine"));
}
